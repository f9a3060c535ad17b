"""Links that let a number of people pass."""

from collections.abc import Mapping
from types import MappingProxyType

import pytest

from tests.unit.edge.parts import TARGET, Edge, Sent, answer, request
from tests.unit.edge.test_options import store
from waypost.domain.errors import BackendUnavailable
from waypost.domain.options import LinkOptions

AGENT = b"Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"
PERSON = MappingProxyType({b"user-agent": AGENT})
MACHINE = MappingProxyType({b"user-agent": b"Googlebot/2.1"})
NO_AGENT: Mapping[bytes, bytes] = MappingProxyType({})
PREFETCHES = [
    MappingProxyType({**PERSON, name: value})
    for name, value in (
        (b"sec-purpose", b"prefetch;anonymous-client-ip"),
        (b"purpose", b"prefetch"),
        (b"x-purpose", b"preview"),
        (b"x-moz", b"prefetch"),
    )
]


@pytest.fixture
def edge() -> Edge:
    """An edge whose store is empty."""
    return Edge()


async def visit(
    edge: Edge, headers: Mapping[bytes, bytes] = PERSON, *, method: str = "GET"
) -> Sent:
    """Return what a visitor gets."""
    scope = request("/abc1234", method=method, headers=[*headers.items()])
    return await answer(edge, scope)


async def left(edge: Edge) -> int | None:
    """Return how many people may still pass."""
    counted = await edge.storage.links.counted("abc1234")
    assert counted is not None
    return counted.clicks_left


async def test_only_people_take_clicks(edge: Edge) -> None:
    """Machines and HEAD get the same redirect while one is left."""
    await store(edge, LinkOptions(max_clicks=2))
    for _ in range(3):
        assert (await visit(edge, MACHINE)).status == 307
        assert (await visit(edge, NO_AGENT)).status == 307
        assert (await visit(edge, method="HEAD")).status == 307
    assert await left(edge) == 2
    sent = await visit(edge)
    assert (sent.status, sent.headers[b"location"]) == (307, TARGET.encode())
    assert sent.headers[b"cache-control"] == b"private, no-store"
    assert await left(edge) == 1
    assert (await visit(edge)).status == 307
    clicks = len(edge.recorder.committed)
    for headers in (PERSON, MACHINE, PREFETCHES[0]):
        for method in ("GET", "HEAD"):
            sent = await visit(edge, headers, method=method)
            assert sent.status == 410
    assert b"link-exhausted" in (await visit(edge)).body
    assert len(edge.recorder.committed) == clicks == 3 * 2 + 2


@pytest.mark.parametrize("headers", PREFETCHES, ids=range(len(PREFETCHES)))
async def test_a_prefetch_asks_again(
    edge: Edge, headers: Mapping[bytes, bytes]
) -> None:
    """It is refused, so that the visit itself comes here."""
    await store(edge, LinkOptions(max_clicks=1))
    sent = await visit(edge, headers)
    assert sent.status == 503
    assert b"prefetch-refused" in sent.body
    assert sent.headers[b"cache-control"] == b"no-store"
    assert await left(edge) == 1
    assert edge.recorder.committed == []


async def test_what_refuses_a_visitor_takes_no_click(edge: Edge) -> None:
    """A path that cannot be passed on is not found, and nothing is spent."""
    await store(edge, LinkOptions(max_clicks=1, forward_path=True))
    scope = request("/abc1234/../x", headers=[*PERSON.items()])
    assert (await answer(edge, scope)).status == 404
    assert await left(edge) == 1


async def test_without_the_store(edge: Edge, monkeypatch: pytest.MonkeyPatch) -> None:
    """A link that is cached lets no one pass, because nothing can be taken."""
    await store(edge, LinkOptions(max_clicks=2))
    assert (await visit(edge)).status == 307

    async def away(_: object) -> Mapping[int, int]:
        raise BackendUnavailable

    monkeypatch.setattr(edge.storage.budgets, "take", away)
    sent = await visit(edge)
    assert (sent.status, sent.headers[b"retry-after"] != b"") == (503, True)
    assert edge.tally.unavailable == 1
    monkeypatch.undo()
    assert (await visit(edge)).status == 307
    assert (await visit(edge)).status == 410
