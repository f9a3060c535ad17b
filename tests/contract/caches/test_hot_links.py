"""Pending clicks add up, hot links come in order, and neither lasts for ever."""

from collections.abc import AsyncIterator

import pytest
import redis

from tests.redis_nodes import redis_node
from waypost.adapters.redis.client import RedisNode
from waypost.adapters.redis.hot import ClickBuffers, HotSet, RedisHotLinks
from waypost.domain.clicks import lane_of
from waypost.ports.hot_links import HotLinks

TOP = 10
FADE_SECONDS = 600


@pytest.fixture
async def redis_hot(redis_url: str) -> AsyncIterator[HotLinks]:
    """Hot links in Redis, none yet."""
    async with redis_node(redis_url) as node:
        yield hot_in(node, top=TOP)


def hot_in(node: RedisNode, *, top: int) -> RedisHotLinks:
    """Return hot links that a process keeps in *node*."""
    return RedisHotLinks(
        node,
        buffers=ClickBuffers(prefix="click_buffer:", seconds=300),
        hot_set=HotSet(key="hot_urls", seconds=86_400, top=top),
    )


@pytest.fixture(params=["redis"])
def hot(request: pytest.FixtureRequest) -> HotLinks:
    """Hot links, of every kind."""
    found: HotLinks = request.getfixturevalue(f"{request.param}_hot")
    return found


async def test_nothing_is_pending_at_first(hot: HotLinks) -> None:
    """A code that was not clicked has no pending clicks and is not hot."""
    assert await hot.pending("abc") == 0
    assert list(await hot.hottest(limit=10)) == []


async def test_pending_clicks_add_up(hot: HotLinks) -> None:
    """What is added by batches is pending together, each code by itself."""
    await hot.add({"abc": 3, "xyz": 1})
    await hot.add({"abc": 4})
    await hot.add({})
    assert await hot.pending("abc") == 7
    assert await hot.pending("xyz") == 1


async def test_settled_clicks_are_not_pending(hot: HotLinks) -> None:
    """What is counted is taken off, and no more than that."""
    await hot.add({"abc": 7, "xyz": 1})
    await hot.settle({"abc": 3, "xyz": 1})
    await hot.settle({})
    assert await hot.pending("abc") == 4
    assert await hot.pending("xyz") == 0


async def test_pending_is_never_negative(hot: HotLinks) -> None:
    """Settling what had expired meanwhile is not held against later clicks."""
    await hot.add({"abc": 2})
    await hot.settle({"abc": 5, "never": 5})
    assert await hot.pending("abc") == 0
    assert await hot.pending("never") == 0
    await hot.add({"abc": 1, "never": 1})
    assert await hot.pending("abc") == 1
    assert await hot.pending("never") == 1


async def test_settling_cools_nothing(hot: HotLinks) -> None:
    """A link is as hot after its clicks are counted as before."""
    await hot.add({"abc": 2})
    await hot.settle({"abc": 2})
    assert list(await hot.hottest(limit=10)) == ["abc"]


async def test_hottest_come_first(hot: HotLinks) -> None:
    """The order is that of clicks, over all batches, up to the limit."""
    await hot.add({"cold": 1, "warm": 5, "hot": 9})
    await hot.add({"cold": 7})
    assert list(await hot.hottest(limit=10)) == ["hot", "cold", "warm"]
    assert list(await hot.hottest(limit=2)) == ["hot", "cold"]
    assert list(await hot.hottest(limit=0)) == []


async def test_many_codes_in_one_batch(hot: HotLinks) -> None:
    """A batch may have thousands of codes."""
    await hot.add({f"code{number}": number for number in range(1, 2_346)})
    assert await hot.pending("code1") == 1
    assert await hot.pending("code2345") == 2345
    assert next(iter(await hot.hottest(limit=1))) == "code2345"
    await hot.settle({f"code{number}": number for number in range(1, 2_346)})
    assert await hot.pending("code2345") == 0


async def test_keys_are_the_contract(redis_hot: HotLinks, redis_url: str) -> None:
    """Other programs read the counter and the set; both expire."""
    await redis_hot.add({"abc": 3})
    with redis.Redis.from_url(redis_url) as raw:
        assert raw.get("click_buffer:abc") == b"3"
        assert raw.zrange("hot_urls", 0, -1, withscores=True) == [(b"abc", 3.0)]
        assert 290 < int(str(raw.ttl("click_buffer:abc"))) <= 300
        assert 86_300 < int(str(raw.ttl("hot_urls"))) <= 86_400


async def test_settling_recreates_nothing(redis_hot: HotLinks, redis_url: str) -> None:
    """A counter that has expired, or is used up, is not there any more."""
    await redis_hot.add({"abc": 3})
    await redis_hot.settle({"abc": 3, "never": 1})
    with redis.Redis.from_url(redis_url) as raw:
        assert raw.keys("click_buffer:*") == []


async def test_settling_does_not_prolong(redis_hot: HotLinks, redis_url: str) -> None:
    """Only clicks keep a counter alive."""
    await redis_hot.add({"abc": 3})
    with redis.Redis.from_url(redis_url) as raw:
        raw.expire("click_buffer:abc", 20)
        await redis_hot.settle({"abc": 1})
        assert 0 < int(str(raw.ttl("click_buffer:abc"))) <= 20


async def test_set_is_bounded(redis_hot: HotLinks, redis_url: str) -> None:
    """However many links are clicked, the hottest stay and the set stays small."""
    await redis_hot.add({"celebrity": 1_000})
    for batch in range(10):
        await redis_hot.add({f"code{batch}-{number}": 1 for number in range(100)})
        with redis.Redis.from_url(redis_url) as raw:
            assert int(str(raw.zcard("hot_urls"))) <= 10 * TOP
    assert list(await redis_hot.hottest(limit=1)) == ["celebrity"]


async def test_fading_keeps_the_order(hot: HotLinks) -> None:
    """Halving changes no rank, and what is added afterwards counts in full."""
    await hot.add({"hot": 9, "warm": 6, "cool": 4})
    await hot.fade(every_seconds=FADE_SECONDS)
    assert list(await hot.hottest(limit=10)) == ["hot", "warm", "cool"]
    await hot.add({"new": 5})
    assert list(await hot.hottest(limit=1)) == ["new"]


async def test_fading_touches_no_pending_click(hot: HotLinks) -> None:
    """Only heat fades: what is on its way to the count stays."""
    await hot.add({"abc": 3})
    await hot.fade(every_seconds=FADE_SECONDS)
    assert await hot.pending("abc") == 3


async def test_heat_fades(redis_hot: HotLinks, redis_url: str) -> None:
    """A link that was popular yesterday is replaced by others, and then forgotten."""
    await redis_hot.add({"yesterday": 100})
    with redis.Redis.from_url(redis_url) as raw:
        for _ in range(3):
            raw.delete("hot_urls:faded")  # its time is over
            await redis_hot.fade(every_seconds=FADE_SECONDS)
        await redis_hot.add({"today": 20})
        assert list(await redis_hot.hottest(limit=2)) == ["today", "yesterday"]
        assert raw.zscore("hot_urls", "yesterday") == 12.5
        assert int(str(raw.ttl("hot_urls"))) > 0
        raw.delete("hot_urls:faded")
        raw.zadd("hot_urls", {"yesterday": 0.9})
        await redis_hot.fade(every_seconds=FADE_SECONDS)
    assert list(await redis_hot.hottest(limit=2)) == ["today"]


async def test_heat_fades_once_for_all(redis_hot: HotLinks, redis_url: str) -> None:
    """However often and by which process it is called, scores are halved once."""
    await redis_hot.add({"abc": 100})
    async with redis_node(redis_url) as node:
        for hot in (redis_hot, hot_in(node, top=TOP), redis_hot):
            await hot.fade(every_seconds=FADE_SECONDS)
            await hot.add({"xyz": 1})
    with redis.Redis.from_url(redis_url) as raw:
        assert raw.zscore("hot_urls", "abc") == 50
        assert 0 < int(str(raw.ttl("hot_urls:faded"))) <= FADE_SECONDS
        assert not raw.exists("hot_urls:fading")


async def test_adding_fades_nothing(redis_hot: HotLinks, redis_url: str) -> None:
    """Without a warmer the set is bounded and expires, but its scores only grow."""
    await redis_hot.add({"abc": 100})
    await redis_hot.add({"abc": 1})
    with redis.Redis.from_url(redis_url) as raw:
        assert raw.zscore("hot_urls", "abc") == 101
        assert raw.keys("hot_urls*") == [b"hot_urls"]


async def test_an_unfinished_fading_is_finished(
    redis_hot: HotLinks, redis_url: str
) -> None:
    """What an older release, or a warmer that was killed, has begun goes on."""
    with redis.Redis.from_url(redis_url) as raw:
        raw.zadd("hot_urls", {f"code{number}": 1_024 for number in range(1_000)})
        # The first step of a fading as the release before this one does it.
        cursor, part = raw.zscan("hot_urls", 0, count=200)
        assert cursor
        raw.zadd("hot_urls", {code: score / 2 for code, score in part})
        raw.set("hot_urls:faded", "1", ex=FADE_SECONDS)
        raw.set("hot_urls:fading", cursor, ex=FADE_SECONDS)
        await redis_hot.fade(every_seconds=FADE_SECONDS)
        scores = [score for _, score in raw.zrange("hot_urls", 0, -1, withscores=True)]
        assert scores == [512] * 1_000
        assert not raw.exists("hot_urls:fading")


async def test_foreign_values_are_left_alone(
    redis_hot: HotLinks, redis_url: str
) -> None:
    """What another program keeps under our keys spoils nothing but itself."""
    with redis.Redis.from_url(redis_url) as raw:
        raw.set("click_buffer:text", "abc")
        raw.rpush("click_buffer:list", "abc")
        raw.set("click_buffer:debt", "-5")
        raw.set("click_buffer:fraction", "5.5")
    await redis_hot.add({"text": 1, "list": 1, "fraction": 1, "fine": 2})
    await redis_hot.settle({"text": 1, "list": 1, "fraction": 1, "debt": 1, "fine": 1})
    assert await redis_hot.pending("text") == 0
    assert await redis_hot.pending("debt") == 0
    assert await redis_hot.pending("fine") == 1


async def test_foreign_hot_set_is_left_alone(
    redis_hot: HotLinks, redis_url: str
) -> None:
    """Clicks are pending also where the set's name is another program's."""
    with redis.Redis.from_url(redis_url) as raw:
        raw.set("hot_urls", "mine")
        await redis_hot.add({"abc": 1})
        assert raw.get("hot_urls") == b"mine"
    assert await redis_hot.pending("abc") == 1


async def test_a_large_set_fades_to_the_end(redis_url: str) -> None:
    """Every score is halved, a few hundred at a time; nothing is left half done."""
    async with redis_node(redis_url) as node:
        hot = hot_in(node, top=1_000)
        await hot.add({f"code{number}": 1_024 for number in range(5_000)})
        await hot.fade(every_seconds=FADE_SECONDS)
        scores = await _scores(node)
        assert len(scores) == 5_000
        assert 1_024 not in scores
        # A code may be met twice while the set's own table grows or shrinks.
        assert sum(score == 512 for score in scores) > 4_500


async def _scores(node: RedisNode) -> list[float]:
    # Redis answers with code and score by turns.
    answer = await node.client.eval(
        "return redis.call('ZRANGE', KEYS[1], 0, -1, 'WITHSCORES')", 1, "hot_urls"
    )
    return [float(score) for score in answer[1::2]]


async def test_lost_clicks_are_forgotten(hot: HotLinks, redis_url: str) -> None:
    """All codes of some lanes have no pending clicks; others keep theirs."""
    codes = [f"code{number}" for number in range(1_500)]
    await hot.add(dict.fromkeys(codes, 2))
    with redis.Redis.from_url(redis_url) as raw:
        raw.set("click_buffers", "of another program")
    lost = {lane_of(code) for code in codes[:3]}
    await hot.forget(lost)
    for code in codes[:40]:
        assert await hot.pending(code) == (0 if lane_of(code) in lost else 2)
    with redis.Redis.from_url(redis_url) as raw:
        kept = len(raw.keys("click_buffer:*"))
        assert raw.get("click_buffers") == b"of another program"
    assert kept == sum(lane_of(code) not in lost for code in codes)
    await hot.settle({codes[0]: 2})
    await hot.add({codes[0]: 5})
    assert await hot.pending(codes[0]) == 5
