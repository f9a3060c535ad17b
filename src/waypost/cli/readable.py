"""Errors of what runs on this machine, told in one sentence."""

from collections.abc import Iterator
from contextlib import contextmanager

from waypost.cli.exits import CommandError, WrongUsageError
from waypost.config import SettingsError
from waypost.domain.errors import BackendUnavailable
from waypost.telemetry.logging import configure_logging
from waypost.wiring.offline import DatabaseRefused, JournalError


@contextmanager
def readable_errors() -> Iterator[None]:
    """Turn errors that are expected into failures, which are told and not logged.

    Raises:
        WrongUsageError: A setting is wrong.
        CommandError: The database or the journal cannot be used.
    """
    configure_logging(level="ERROR", as_json=False)
    try:
        yield
    except SettingsError as error:
        raise WrongUsageError(str(error)) from error
    except (DatabaseRefused, JournalError) as error:
        raise CommandError(str(error)) from error
    except BackendUnavailable as error:
        raise CommandError(_unavailable(error)) from error


def _unavailable(error: BackendUnavailable) -> str:
    # SQLAlchemy wraps the driver's error, whose text is the plain reason.
    reason = getattr(error.__cause__, "orig", error.__cause__) or "no answer in time"
    return f"The database or the disk refuses: {reason}. Try again shortly."
