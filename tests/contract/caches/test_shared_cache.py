"""Every shared cache remembers the newest version that was put, and no other."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, datetime

import pytest
import redis
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.contract.stored import EVERY_OPTION
from tests.redis_nodes import redis_node, until
from waypost.adapters.redis.cache import RedisSharedCache
from waypost.domain.links import Absence, Link
from waypost.domain.options import LinkOptions
from waypost.ports.shared_cache import SharedCache

NOW = datetime(2025, 1, 1, 12, 30, 15, 123456, tzinfo=UTC)
ABSENT_SECONDS = 2.0


def link(code: str = "abc", *, version: int = 1, number: int = 7) -> Link:
    """Return a version of the link *code*, each with a target of its own."""
    return Link(
        id=number,
        code=code,
        target=f'https://example.com/{code}?v={version}&"version":99',
        created_at=NOW,
        updated_at=NOW,
        version=version,
    )


@pytest.fixture
async def redis_cache(redis_url: str) -> AsyncIterator[RedisSharedCache]:
    """A cache in Redis, empty."""
    async with redis_node(redis_url) as node:
        yield RedisSharedCache(
            primary=node,
            replica=node,
            link_seconds=3_600,
            absent_seconds=ABSENT_SECONDS,
        )


@pytest.fixture(params=["redis"])
def cache(request: pytest.FixtureRequest) -> SharedCache:
    """A shared cache, of every kind."""
    found: SharedCache = request.getfixturevalue(f"{request.param}_cache")
    return found


async def test_unknown_code(cache: SharedCache) -> None:
    """Of what was never put nothing is remembered, not even that it is absent."""
    assert await cache.get("abc") is None


async def test_link_comes_back_whole(cache: SharedCache) -> None:
    """Every field is the one that was put."""
    await cache.put([link(version=3)])
    assert await cache.get("abc") == link(version=3)


async def test_codes_are_distinguished(cache: SharedCache) -> None:
    """A link answers for its own code only, capital letters included."""
    await cache.put([link("abc")])
    assert await cache.get("ABC") is None
    assert await cache.get("abcd") is None


async def test_many_links_at_once(cache: SharedCache) -> None:
    """Each of thousands is remembered under its code; an empty put succeeds."""
    links = [link(f"code{number}", number=number) for number in range(2_345)]
    await cache.put(links)
    await cache.put([])
    for expected in links[::97] + links[-1:]:
        assert await cache.get(expected.code) == expected


async def test_newer_version_replaces_the_older(cache: SharedCache) -> None:
    """After a change the new target is answered."""
    await cache.put([link(version=9)])
    await cache.put([link(version=10)])
    assert await cache.get("abc") == link(version=10)


async def test_slow_writer_cannot_resurrect(cache: SharedCache) -> None:
    """A version that was read before a change and is put after it changes nothing."""
    await cache.put([link(version=10)])
    await cache.put([link("other"), link(version=9)])
    assert await cache.get("abc") == link(version=10)
    assert await cache.get("other") == link("other")


async def test_versions_within_one_put(cache: SharedCache) -> None:
    """The order in which versions are handed over does not matter."""
    await cache.put([link(version=2), link(version=3), link(version=1)])
    assert await cache.get("abc") == link(version=3)


async def test_writers_at_the_same_time(cache: SharedCache) -> None:
    """Of many writers the one with the newest version wins, in any order."""
    versions = [5, 19, 3, 20, 11, 1, 18]
    await asyncio.gather(*(cache.put([link(version=v)]) for v in versions))
    assert await cache.get("abc") == link(version=20)


async def test_domains_are_distinguished(cache: SharedCache) -> None:
    """The same code of two domains is two links, and so are their absences."""
    foreign = Link(
        id=8,
        code="abc",
        target="https://foreign.example/",
        created_at=NOW,
        updated_at=NOW,
        domain="other.example",
    )
    await cache.put([foreign])
    assert await cache.get("abc") is None
    assert await cache.get("abc", domain="other.example") == foreign
    await cache.put_absent("abc", domain="third.example")
    assert await cache.get("abc", domain="third.example") == Absence()
    await cache.put([link()])
    assert await cache.get("abc") == link()
    assert await cache.get("abc", domain="other.example") == foreign
    async with (
        cache.lock("abc") as mine,
        cache.lock("abc", domain="other.example") as theirs,
    ):
        assert mine
        assert theirs


@pytest.mark.parametrize(
    "options", [EVERY_OPTION, LinkOptions(title="Spring"), LinkOptions(disabled=True)]
)
async def test_options_come_back(cache: SharedCache, options: LinkOptions) -> None:
    """All that is set on a link is remembered, and so is that it was taken back."""
    changed = replace(link(version=2), options=options)
    await cache.put([link()])
    await cache.put([changed])
    assert await cache.get("abc") == changed
    await cache.put([link(version=3)])
    assert await cache.get("abc") == link(version=3)


async def test_deletions_come_back(cache: SharedCache) -> None:
    """A deleted link is remembered as such, and never by what it was before."""
    gone = replace(link(version=2), deleted_at=NOW)
    await cache.put([link()])
    await cache.put([gone])
    await cache.put([link()])
    assert await cache.get("abc") == gone


async def test_absence_is_remembered(cache: SharedCache) -> None:
    """A code that belongs to no link need not be looked up again at once."""
    await cache.put_absent("abc")
    assert await cache.get("abc") == Absence()


@pytest.mark.slow
async def test_absence_is_short(cache: SharedCache) -> None:
    """It ends by itself."""
    await cache.put_absent("abc")

    async def is_over() -> bool:
        return await cache.get("abc") is None

    await until(is_over)


async def test_link_ends_its_absence(cache: SharedCache) -> None:
    """A code that was absent and is created now is not absent any more."""
    await cache.put_absent("abc")
    await cache.put([link()])
    assert await cache.get("abc") == link()


async def test_absence_does_not_hide_a_link(cache: SharedCache) -> None:
    """A late answer that saw no link does not override one that saw it."""
    await cache.put([link()])
    await cache.put_absent("abc")
    assert await cache.get("abc") == link()


async def test_lock_has_one_holder(cache: SharedCache) -> None:
    """Of all who try at the same time one holds it; then the next one may."""
    async with cache.lock("abc") as first, cache.lock("abc") as second:
        assert (first, second) == (True, False)
        async with cache.lock("other") as other:
            assert other
    async with cache.lock("abc") as again:
        assert again


async def test_loser_does_not_release(cache: SharedCache) -> None:
    """A process without the lock leaves it to its holder."""
    async with cache.lock("abc") as first:
        async with cache.lock("abc") as second:
            assert not second
        async with cache.lock("abc") as third:
            assert first
            assert not third


async def test_lock_ends_with_an_error(cache: SharedCache) -> None:
    """A look-up that fails delays no other, and its error is raised."""
    with pytest.raises(ZeroDivisionError):
        async with cache.lock("abc"):
            raise ZeroDivisionError
    async with cache.lock("abc") as again:
        assert again


@pytest.mark.slow
async def test_lock_ends_by_itself(cache: SharedCache) -> None:
    """A holder that is stuck is not waited for, and does not end the next one's."""
    async with cache.lock("abc") as stuck:
        assert stuck
        while True:
            async with cache.lock("abc") as taken:
                if taken:
                    break
            await asyncio.sleep(0.05)
        following = cache.lock("abc")
        assert await following.__aenter__()
    async with cache.lock("abc") as third:
        assert not third
    await following.__aexit__(None, None, None)


async def test_wire_is_pinned(redis_cache: RedisSharedCache, redis_url: str) -> None:
    """Other programs read and write `url:<code>`; a changed link has `link:<code>`."""
    await redis_cache.put([link(version=3), link("new")])
    with redis.Redis.from_url(redis_url) as raw:
        assert raw.get("url:abc") == (
            b'{"id":7,"short_code":"abc",'
            b'"original_url":"https://example.com/abc?v=3&\\"version\\":99","clicks":0,'
            b'"created_at":"2025-01-01T12:30:15.123456Z",'
            b'"updated_at":"2025-01-01T12:30:15.123456Z"}'
        )
        assert raw.get("link:abc") == (
            b'{"id":7,"short_code":"abc",'
            b'"original_url":"https://example.com/abc?v=3&\\"version\\":99",'
            b'"created_at":"2025-01-01T12:30:15.123456Z",'
            b'"updated_at":"2025-01-01T12:30:15.123456Z","version":3,"form":2,"options":{}}'
        )
        assert raw.get("link:new") is None
        await redis_cache.put_absent("xyz")
        assert raw.get("url:xyz") == b""


async def test_links_expire(redis_cache: RedisSharedCache, redis_url: str) -> None:
    """Every link has an end, a tenth sooner or later than others."""
    links = [link(f"code{number}", number=number) for number in range(64)]
    await redis_cache.put(links)
    with redis.Redis.from_url(redis_url) as raw:
        left = [int(str(raw.ttl(f"url:{link.code}"))) for link in links]
    assert 3_200 < min(left) < 3_300
    assert 3_900 < max(left) <= 3_960


@pytest.mark.parametrize(
    "content",
    [
        b" ",
        b"\xff\x00",
        b"{",
        b"[]",
        b"17",
        b'{"version":1000}',
        b'{"id":7,"short_code":"abc","original_url":"https://example.com/"}',
        b'{"id":7,"short_code":"other","original_url":"https://example.com/",'
        b'"created_at":"2025-01-01T00:00:00Z","updated_at":"2025-01-01T00:00:00Z",'
        b'"version":1}',
        b'{"id":7,"short_code":"abc","original_url":"",'
        b'"created_at":"2025-01-01T00:00:00Z","updated_at":"2025-01-01T00:00:00Z",'
        b'"version":1}',
        b'{"id":7,"short_code":"abc","original_url":"https://example.com/",'
        b'"created_at":"2025-01-01T00:00:00","updated_at":"2025-01-01T00:00:00Z",'
        b'"version":1}',
        b"[" * 5_000,
    ],
)
async def test_unreadable_content_is_nothing(
    redis_cache: RedisSharedCache, redis_url: str, content: bytes
) -> None:
    """A foreign value under our key is not used, and is replaced."""
    with redis.Redis.from_url(redis_url) as raw:
        raw.set("url:abc", content)
    assert await redis_cache.get("abc") is None
    await redis_cache.put([link()])
    assert await redis_cache.get("abc") == link()


async def test_value_of_another_kind_gives_way(
    redis_cache: RedisSharedCache, redis_url: str
) -> None:
    """Not even a list under our key hinders a put, or the links put with it."""
    with redis.Redis.from_url(redis_url) as raw:
        raw.rpush("url:abc", "x")
    await redis_cache.put([link(), link("other")])
    assert await redis_cache.get("abc") == link()
    assert await redis_cache.get("other") == link("other")


@settings(
    max_examples=30,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(content=st.binary(max_size=60) | st.text(max_size=40).map(str.encode))
async def test_any_content_is_survived(
    redis_cache: RedisSharedCache, redis_url: str, content: bytes
) -> None:
    """No bytes under our key raise anything."""
    with redis.Redis.from_url(redis_url) as raw:
        raw.set("url:abc", content)
    found = await redis_cache.get("abc")
    assert found is None or (content in {b"", b"null"} and found == Absence())
