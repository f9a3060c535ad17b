"""The log of a process, and a line for a person in a terminal: where the server is."""

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


def show_address(settings: Settings) -> None:
    """Print in a terminal where the server is; elsewhere the log has it."""
    if sys.stdout.isatty():
        sys.stdout.write(f"\nWaypost is at {settings.base_url}/ (Ctrl-C stops it)\n\n")
        sys.stdout.flush()
