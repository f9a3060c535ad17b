"""A way to the bus for tests: it fails on demand, before it keeps clicks or after."""

from collections.abc import Sequence

from waypost.domain.clicks import JournaledClick
from waypost.domain.errors import BackendUnavailable


class BreakablePublisher:
    """Keeps what is published, in order; a `ClickPublisher`."""

    def __init__(self) -> None:
        self.batches: list[list[JournaledClick]] = []
        self.is_away = False
        self.forgets_to_confirm = False
        self.calls = 0

    async def publish(self, clicks: Sequence[JournaledClick]) -> None:
        """Keep *clicks*, unless the test wants otherwise."""
        self.calls += 1
        if self.is_away:
            raise BackendUnavailable
        self.batches.append(list(clicks))
        if self.forgets_to_confirm:
            raise BackendUnavailable

    @property
    def links(self) -> list[int]:
        """The link ids of all clicks that were kept."""
        return [click.click.link_id for batch in self.batches for click in batch]
