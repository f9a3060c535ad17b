"""What the product does: functions over ports, which are passed by keyword."""

# First, because it loads structlog without what we do not use of it.
import waypost.telemetry as _telemetry  # noqa: F401  # for its effect
