"""The composition root: the only importer of adapters."""

# First, because it loads structlog without what we do not use of it.
import waypost.telemetry as _telemetry  # noqa: F401  # for its effect
