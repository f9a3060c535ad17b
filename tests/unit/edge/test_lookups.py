"""Look-ups under way when the truth changes or the store goes away."""

import asyncio
from collections.abc import Sequence

import pytest

from tests.unit.edge.parts import Edge, answer, request
from waypost.domain.errors import BackendUnavailable
from waypost.domain.links import DEFAULT_DOMAIN, CountedLink, Link
from waypost.edge.lookups import Lookups


class SlowReader:
    """A store that answers None only when told to."""

    def __init__(self) -> None:
        self.asked = asyncio.Event()
        self.may_answer = asyncio.Event()

    async def by_code(self, code: str, *, domain: str = DEFAULT_DOMAIN) -> Link | None:
        """Wait, then know nothing."""
        self.asked.set()
        await self.may_answer.wait()
        return None

    async def counted(
        self, code: str, *, domain: str = DEFAULT_DOMAIN
    ) -> CountedLink | None:
        """Know nothing."""
        return None

    async def newest(
        self, *, limit: int, before_id: int | None = None
    ) -> Sequence[CountedLink]:
        """Know nothing."""
        return []


@pytest.fixture
def reader() -> SlowReader:
    """A store that waits to be told."""
    return SlowReader()


def lookups_over(edge: Edge, reader: SlowReader, *, timeout: float = 5) -> Lookups:
    """Return look-ups in *reader* that remember in *edge*'s near cache."""
    return Lookups(
        links=reader, near=edge.near, tally=edge.tally, timeout_seconds=timeout
    )


async def test_forgotten_look_up_is_not_remembered(reader: SlowReader) -> None:
    """An absence seen before a link was created does not hide the link."""
    edge = Edge()
    lookups = lookups_over(edge, reader)
    flight = asyncio.create_task(lookups.find("later12"))
    await reader.asked.wait()
    lookups.forget("later12")
    reader.may_answer.set()

    assert await flight is None
    assert not edge.near.is_absent("later12")


async def test_visitor_who_leaves_does_not_take_the_answer_along(
    reader: SlowReader,
) -> None:
    """Cancelling one of two waiting visitors leaves the other one's look-up alone."""
    lookups = lookups_over(Edge(), reader)
    first = asyncio.create_task(lookups.find("abc"))
    second = asyncio.create_task(lookups.find("abc"))
    await reader.asked.wait()
    first.cancel()
    reader.may_answer.set()

    assert await second is None
    assert first.cancelled()


async def test_store_that_hangs_is_unavailable(reader: SlowReader) -> None:
    """No visitor waits longer than the bound, and nothing is remembered."""
    edge = Edge()
    lookups = lookups_over(edge, reader, timeout=0.01)

    with pytest.raises(BackendUnavailable):
        await lookups.find("abc")

    assert not edge.near.is_absent("abc")


async def test_unavailable_store_is_503_never_404(reader: SlowReader) -> None:
    """A link that cannot be looked up is not said to be missing."""
    edge = Edge()
    edge.app._lookups = lookups_over(edge, reader, timeout=0.01)
    for method in ("GET", "HEAD"):
        sent = await answer(edge, request("/abc1234", method=method))

        assert sent.status == 503
        assert sent.headers[b"retry-after"] == b"2"
    assert edge.tally.unavailable == 1
