"""The log of a process."""

import sys

from waypost.config import Settings
from waypost.telemetry.logging import configure_logging


def configure_logs(settings: Settings) -> None:
    """Send this process's log to standard error as *settings* say.

    It is readable in a terminal, and JSON lines elsewhere.
    """
    as_json = settings.LOG_FORMAT == "json" or (
        settings.LOG_FORMAT == "auto" and not sys.stderr.isatty()
    )
    configure_logging(level=settings.LOG_LEVEL, as_json=as_json)
