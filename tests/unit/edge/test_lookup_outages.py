"""Look-ups while the store or the shared cache is away, or hangs."""

import asyncio

import pytest

from tests.unit.edge.backends import (
    Gate,
    GatedCache,
    GatedStore,
    link_of,
    settle,
)
from tests.unit.edge.parts import Edge, answer, request
from tests.unit.edge.process import MakeProcess, asking
from waypost.domain.errors import BackendUnavailable
from waypost.edge.lookups import MAX_PROBES


@pytest.mark.parametrize("is_away", ["get", "later"])
async def test_shared_cache_away_goes_to_the_store(
    gate: Gate,
    store: GatedStore,
    cache: GatedCache,
    process: MakeProcess,
    is_away: str,
) -> None:
    """Whenever it goes away, the visitor gets the store's answer."""
    one = process(cache)
    store.links["abc"] = link_of("abc", 1)
    cache.is_away = is_away == "get"
    gate.is_open = False
    visitor = await asking(one.lookups, "abc")
    cache.is_away = True
    gate.open()

    entry = await visitor
    assert entry is not None
    assert entry.version == 1


async def test_store_away_is_unavailable_and_not_remembered(
    store: GatedStore, cache: GatedCache, process: MakeProcess
) -> None:
    """A failure is not remembered as an absence, here or in the shared cache."""
    one = process(cache)
    store.is_away = True
    with pytest.raises(BackendUnavailable):
        await one.lookups.find("abc")
    store.is_away = False
    store.links["abc"] = link_of("abc", 1)

    assert cache.primary == {}
    assert await one.version("abc") == 1


async def test_known_links_go_on_while_everything_is_away(
    gate: Gate, store: GatedStore, cache: GatedCache, process: MakeProcess
) -> None:
    """A known link is followed, at once after the first; then it is renewed."""
    one = process(cache)
    store.links["abc"] = link_of("abc", 1)
    assert await one.version("abc") == 1
    one.clock.move(120)
    store.links["abc"] = link_of("abc", 2)
    store.is_away = True
    cache.is_away = True
    assert await one.version("abc") == 1
    gate.is_open = False
    # Without waiting: nothing that is asked now gets an answer.
    visitor = await asking(one.lookups, "abc")
    assert visitor.done()
    entry = await visitor
    assert entry is not None
    assert entry.version == 1
    store.is_away = False
    gate.open()
    await settle()
    assert await one.version("abc") == 2
    assert one.tally.stale_lookups > 1


async def test_after_an_outage_every_visitor_waits_for_the_store(
    store: GatedStore, process: MakeProcess
) -> None:
    """Once the store has answered, no visitor is sent to an older target."""
    one = process()
    store.links["abc"] = link_of("abc", 1)
    assert await one.version("abc") == 1
    one.clock.move(120)
    store.is_away = True
    assert await one.version("abc") == 1
    store.is_away = False
    assert await one.version("other") == 0
    store.links["abc"] = link_of("abc", 2)
    assert await one.version("abc") == 2
    assert one.tally.stale_lookups == 1


async def test_probes_are_bounded(
    gate: Gate, store: GatedStore, process: MakeProcess
) -> None:
    """However many known links are followed, few look-ups find out about the store."""
    one = process()
    codes = [f"code{number}" for number in range(MAX_PROBES * 3)]
    for code in codes:
        store.links[code] = link_of(code, 1)
        assert await one.version(code) == 1
    one.clock.move(120)
    store.is_away = True
    assert await one.version(codes[0]) == 1
    gate.is_open = False
    for _ in range(3):
        assert await one.version(codes[0]) == 1
    await settle()
    assert len(store.asking) == 1
    for code in codes:
        assert await one.version(code) == 1
    await settle()
    assert len(store.asking) == MAX_PROBES
    gate.open()


async def test_changed_links_are_not_held(
    store: GatedStore, cache: GatedCache, process: MakeProcess
) -> None:
    """A version that is known to be old is not served during any outage."""
    one = process(cache)
    store.links["abc"] = link_of("abc", 1)
    assert await one.version("abc") == 1
    store.is_away = True
    one.lookups.invalidate("abc", 2)
    with pytest.raises(BackendUnavailable):
        await one.lookups.find("abc")


async def test_shared_cache_answers_while_the_store_is_away(
    store: GatedStore, cache: GatedCache, process: MakeProcess
) -> None:
    """What is shared needs no store."""
    store.is_away = True
    cache.remember(link_of("abc", 1))
    assert await process(cache).version("abc") == 1


@pytest.mark.parametrize("has_cache", [True, False])
async def test_a_backend_that_hangs_is_unavailable(
    gate: Gate,
    store: GatedStore,
    cache: GatedCache,
    process: MakeProcess,
    *,
    has_cache: bool,
) -> None:
    """No visitor waits longer than the bound, and nothing is remembered."""
    one = process(cache if has_cache else None, timeout=0.3)
    gate.is_open = False
    with pytest.raises(BackendUnavailable):
        await one.lookups.find("abc")

    assert not one.near.is_absent("abc")


async def test_closing_leaves_no_visitor_waiting(
    gate: Gate, process: MakeProcess
) -> None:
    """A visitor who still waits when the process ends is cancelled.

    Nothing asks the store any more when closing returns: it may be closed next.
    """
    one = process()
    gate.is_open = False
    visitor = await asking(one.lookups, "abc")
    await one.lookups.aclose()
    assert len(gate.cancelled) == 1
    with pytest.raises(asyncio.CancelledError):
        await visitor


@pytest.mark.parametrize("path", ["/abc1234", "/abc1234/more"])
async def test_unavailable_store_is_503_never_404(
    store: GatedStore, process: MakeProcess, path: str
) -> None:
    """A link that cannot be looked up is not said to be missing: it may take paths."""
    edge = Edge()
    edge.app._lookups = process().lookups
    store.is_away = True
    for method in ("GET", "HEAD"):
        sent = await answer(edge, request(path, method=method))

        assert sent.status == 503
        assert sent.headers[b"retry-after"] == b"2"
    assert edge.tally.unavailable == 1
