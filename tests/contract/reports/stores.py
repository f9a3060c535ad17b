"""A store of clicks, as the tests of its promises use it."""

from typing import Protocol

from waypost.ports.analytics.administration import ClickAdministration
from waypost.ports.analytics.reports import ReportStore
from waypost.ports.analytics.rows import ClickRows, VisitorSalts


class ClickStore(ClickRows, VisitorSalts, ReportStore, ClickAdministration, Protocol):
    """All sides of a store of clicks."""


async def keep_all(store: ClickStore, *, now_ms: int) -> None:
    """Do all upkeep that is due at *now_ms*."""
    while await store.keep(now_ms=now_ms):
        pass
