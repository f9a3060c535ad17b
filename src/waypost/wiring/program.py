"""The parts of a process that answers requests."""

from collections.abc import Callable, Coroutine
from dataclasses import dataclass
from typing import TypeAlias

from waypost.edge.app import EdgeApp
from waypost.edge.fast.protocol import EdgeOptions
from waypost.telemetry.health import Readiness

Task: TypeAlias = Callable[[], Coroutine[None, None, None]]


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
