"""A store and a shared cache whose every answer waits until the test lets it go."""

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from datetime import UTC, datetime

from tests.unit.edge.readers import OnlyByCode
from waypost.domain.errors import BackendUnavailable
from waypost.domain.links import DEFAULT_DOMAIN, Absence, Link

NOON = datetime(2026, 1, 1, 12, tzinfo=UTC)


def link_of(code: str, version: int) -> Link:
    """Return *code*'s link, whose target contains its version."""
    return Link(
        id=1,
        code=code,
        target=f"https://example.com/{code}/{version}",
        created_at=NOON,
        updated_at=NOON,
        version=version,
    )


class Gate:
    """Holds every task that passes until the test releases it, if it is closed."""

    def __init__(self) -> None:
        self.is_open = True
        self.only = ""
        """What those must begin with who are held."""
        self.held: list[tuple[str, asyncio.Future[None]]] = []
        self.cancelled: list[str] = []
        """Held tasks that were cancelled."""

    async def __call__(self, what: str) -> None:
        """Pass, or wait to be released."""
        if not self.is_open and what.startswith(self.only):
            passing = asyncio.get_running_loop().create_future()
            self.held.append((what, passing))
            try:
                await passing
            except asyncio.CancelledError:
                self.cancelled.append(what)
                raise

    def release(self, number: int = 0) -> None:
        """Let one of those who wait go on."""
        _, passing = self.held.pop(number)
        if not passing.done():
            passing.set_result(None)

    def open(self) -> None:
        """Let every task continue, from now on."""
        self.is_open = True
        while self.held:
            self.release()


class GatedStore(OnlyByCode):
    """A store whose answers are as old as the questions."""

    def __init__(self, gate: Gate) -> None:
        self.links: dict[str, Link] = {}
        self.asked: list[str] = []
        self.asking: list[str] = []
        self.is_away = False
        self._gate = gate

    async def by_code(self, code: str, *, domain: str = DEFAULT_DOMAIN) -> Link | None:
        """Return the link as it is now, when the gate lets it through."""
        link = self.links.get(code)
        self.asked.append(code)
        self.asking.append(code)
        try:
            await self._gate(f"store {code}")
        finally:
            self.asking.remove(code)
        if self.is_away:
            raise BackendUnavailable
        return link


class GatedCache:
    """A shared cache with a replica that lags until the test lets it catch up."""

    def __init__(self, gate: Gate) -> None:
        self.primary: dict[str, Link | Absence] = {}
        self.replica: dict[str, Link | Absence] = {}
        self.is_away = False
        self.lags = False
        self.locked: set[str] = set()
        self._gate = gate

    def remember(self, link: Link) -> None:
        """Keep *link* unless a newer version is kept."""
        known = self.primary.get(link.code)
        if not isinstance(known, Link) or known.version < link.version:
            self._write(lambda kept: kept.update({link.code: link}))

    def evict(self, code: str) -> None:
        """Forget *code* for lack of room."""
        self._write(lambda kept: kept.pop(code, None))

    def catch_up(self) -> None:
        """Let the replica be as the primary."""
        self.replica = dict(self.primary)

    async def get(
        self, code: str, *, domain: str = DEFAULT_DOMAIN
    ) -> Link | Absence | None:
        """Return what the replica knows now."""
        known = self.replica.get(code)
        await self._pass(f"get {code}")
        return known

    async def put(self, links: Sequence[Link]) -> None:
        """Remember *links* when the gate lets it through: a slow writer."""
        await self._pass("put")
        for link in links:
            self.remember(link)

    async def put_absent(self, code: str, *, domain: str = DEFAULT_DOMAIN) -> None:
        """Remember an absence when the gate lets it through."""
        await self._pass(f"put {code}")
        self._write(lambda kept: kept.setdefault(code, Absence()))

    @asynccontextmanager
    async def lock(
        self, code: str, *, domain: str = DEFAULT_DOMAIN
    ) -> AsyncIterator[bool]:
        """Lock *code* until the end, if it is not locked."""
        await self._pass(f"lock {code}")
        if code in self.locked:
            yield False
            return
        self.locked.add(code)
        try:
            yield True
        finally:
            self.locked.discard(code)

    async def _pass(self, what: str) -> None:
        if self.is_away:
            raise BackendUnavailable
        await self._gate(what)

    def _write(self, change: Callable[[dict[str, Link | Absence]], object]) -> None:
        change(self.primary)
        if not self.lags:
            self.catch_up()


async def settle() -> None:
    """Let everything run that can."""
    for _ in range(30):
        await asyncio.sleep(0)
