"""The parts of a process that answers requests."""

from collections.abc import Callable, Coroutine
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple, TypeAlias

from waypost.edge.app import EdgeApp
from waypost.edge.fast.protocol import EdgeOptions
from waypost.telemetry.health import Readiness

Task: TypeAlias = Callable[[], Coroutine[None, None, None]]


class FirstKey(NamedTuple):
    """The admin key of a new server, to be shown once."""

    text: str
    stored_in: Path | None
    """The file from which the command line takes it; None: it could not be written."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Program:
    """An application, and what runs beside it."""

    app: EdgeApp
    options: EdgeOptions
    """Of the connections in front of the application."""
    readiness: Readiness
    tasks: tuple[Task, ...]
    """To be run for as long as requests are served, and cancelled then."""
    endings: tuple[Task, ...]
    """To be awaited, in order, once the last request is answered."""
    make_first_key: Callable[[], Coroutine[None, None, FirstKey | None]] | None = None
    """Makes an admin key, if there is none. None: there is no API."""
