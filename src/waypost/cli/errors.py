"""Errors of commands that run on this machine, in one sentence."""

import errno
import os
import socket
from collections.abc import Iterator
from contextlib import contextmanager

from waypost.cli.exits import CommandError, WrongUsageError
from waypost.config import SettingsError
from waypost.domain.errors import (
    BackendUnavailable,
    DatabaseDamaged,
    DatabaseNotWritable,
    DatabaseUnusable,
    Unusable,
)
from waypost.telemetry.logging import configure_logging


@contextmanager
def readable_errors() -> Iterator[None]:
    """Turn expected errors into failures, which are printed and not logged.

    Raises:
        WrongUsageError: A setting is wrong.
        CommandError: The database, the journal or the port cannot be used.
    """
    configure_logging(level="CRITICAL", as_json=False)
    try:
        yield
    except SettingsError as error:
        raise WrongUsageError(str(error)) from error
    except Unusable as error:
        raise CommandError(str(error)) from error
    except BackendUnavailable as error:
        raise CommandError(_unavailable(error)) from error


def _unavailable(error: BackendUnavailable) -> str:
    # SQLAlchemy wraps the driver's error, whose text is the plain reason.
    reason = getattr(error.__cause__, "orig", error.__cause__) or "no answer in time"
    if isinstance(error, DatabaseUnusable):
        return f"{_finding(error)} ({reason}). {error.advice}"
    if isinstance(reason, OSError) and _is_of_the_network(reason):
        why = error_text(reason) or "no answer"
        return (
            f"PostgreSQL cannot be reached ({why}). Start it, or correct its host and "
            "port in DATABASE_URL."
        )
    if isinstance(reason, OSError) and reason.filename:
        return (
            f"{reason.filename} cannot be used: {error_text(reason)}. Check the disk "
            "and the owner of the folder."
        )
    return f"The database or the disk refuses: {reason}. Try again shortly."


def _finding(error: DatabaseUnusable) -> str:
    match error:
        case DatabaseDamaged():
            return "The database is damaged"
        case DatabaseNotWritable():
            return "The database cannot be written"
        case _:
            return "The database's file is gone"


def error_text(error: OSError) -> str:
    """Return the system's text for *error*; empty if there is none."""
    if isinstance(error, socket.gaierror):
        return "its host name is not known"
    return os.strerror(error.errno) if error.errno else ""


def _is_of_the_network(error: OSError) -> bool:
    """Return whether *error* is about a server, not about a file."""
    if isinstance(error, ConnectionError | TimeoutError | socket.gaierror):
        return True
    return error.errno in {errno.EHOSTUNREACH, errno.ENETUNREACH, None}
