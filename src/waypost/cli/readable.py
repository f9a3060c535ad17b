"""Errors of what runs on this machine, told in one sentence."""

from collections.abc import Iterator
from contextlib import contextmanager

from waypost.cli.exits import Failure, UsageFailure
from waypost.config import SettingsError
from waypost.domain.errors import BackendUnavailable
from waypost.wiring.offline import DatabaseRefused, JournalError


@contextmanager
def readable_errors() -> Iterator[None]:
    """Turn errors that are expected into failures.

    Raises:
        UsageFailure: A setting is wrong.
        Failure: The database or the journal cannot be used.
    """
    try:
        yield
    except SettingsError as error:
        raise UsageFailure(str(error)) from error
    except (DatabaseRefused, JournalError) as error:
        raise Failure(str(error)) from error
    except BackendUnavailable as error:
        raise Failure(
            "The database does not answer. Another program may have locked it, or "
            "the disk is full; `waypost doctor` tells more."
        ) from error
