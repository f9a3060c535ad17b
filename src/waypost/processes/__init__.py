"""What runs: one short file per operating-system process."""

# First, because it loads structlog without what we do not use of it.
import waypost.telemetry as _telemetry  # noqa: F401  # for its effect
