"""Fetching the title of the page behind a URL."""

from enum import StrEnum
from typing import NamedTuple, Protocol


class FetchOutcome(StrEnum):
    """How a fetch ended; the values are those of a metric's label."""

    FOUND = "found"
    WITHOUT_TITLE = "without_title"
    """A page without one, no page of HTML, or no success."""
    PRIVATE = "private"
    """It leads to an address that is not public."""
    LOOP = "loop"
    """It leads back to this server."""
    TOO_LONG_CHAIN = "too_long_chain"
    TIMEOUT = "timeout"
    FAILED = "failed"


class Fetched(NamedTuple):
    """How a fetch ended, and with which title."""

    outcome: FetchOutcome
    title: str | None = None


class TitleFetcher(Protocol):
    """Fetches pages, from public addresses only."""

    async def fetch(self, url: str) -> Fetched:
        """Return the title of the page at *url*, or why there is none.

        It returns within seconds, also where a page does not end.
        """
        ...
