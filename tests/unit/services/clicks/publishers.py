"""What a forwarder publishes to, in tests: a bus and hot links that fail on demand."""

import asyncio
from collections.abc import Callable, Collection, Mapping, Sequence

from waypost.domain.clicks import JournaledClick
from waypost.domain.errors import BackendUnavailable
from waypost.services.clicks.forward import Forwarded


class BreakablePublisher:
    """Keeps what is published, in order; a `ClickPublisher`."""

    def __init__(self) -> None:
        self.batches: list[list[JournaledClick]] = []
        self.is_away = False
        self.forgets_to_confirm = False
        self.calls = 0

    async def publish(self, clicks: Sequence[JournaledClick]) -> None:
        """Keep *clicks*, unless the test prevents it."""
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


class Hot:
    """Hot links that may be away; a `HotLinks`."""

    def __init__(self) -> None:
        self.clicks: dict[str, int] = {}
        self.is_away = False
        self.mistakes: list[Exception] = []
        """Unexpected errors that the next calls raise."""

    async def add(self, clicks: Mapping[str, int]) -> None:
        """Add up, or be away."""
        if self.mistakes:
            raise self.mistakes.pop()
        if self.is_away:
            raise BackendUnavailable
        for code, number in clicks.items():
            self.clicks[code] = self.clicks.get(code, 0) + number

    async def settle(self, clicks: Mapping[str, int]) -> None:
        """It is not called here."""

    async def forget(self, lanes: Collection[int]) -> None:
        """It is not called here."""

    async def pending(self, code: str) -> int:
        """It is not called here."""
        return self.clicks[code]

    async def hottest(self, *, limit: int) -> Sequence[str]:
        """It is not called here."""
        return list(self.clicks)[:limit]

    async def fade(self, *, every_seconds: int) -> None:
        """Do nothing: only the warmer calls it."""


class Reports:
    """Receives what is forwarded, and lets the test wait for it."""

    def __init__(self) -> None:
        self.all: list[Forwarded] = []
        self.listener: Callable[[Forwarded], None] = lambda _forwarded: None
        self._received: asyncio.Queue[Forwarded] = asyncio.Queue()

    def __call__(self, forwarded: Forwarded) -> None:
        """Receive it."""
        self.all.append(forwarded)
        self.listener(forwarded)
        self._received.put_nowait(forwarded)

    async def until(self, condition: Callable[[Forwarded], bool]) -> Forwarded:
        """Return the next one that fulfils *condition*; forget those before it."""
        while True:
            async with asyncio.timeout(120):
                forwarded = await self._received.get()
            if condition(forwarded):
                return forwarded
