"""A shared cache that the last release uses at the same time."""

from dataclasses import replace
from datetime import UTC, datetime

import msgspec
import pytest
from redis import Redis

from tests.redis_nodes import redis_node
from waypost.adapters.redis.cache import RedisSharedCache
from waypost.domain.links import Link
from waypost.domain.options import LinkOptions

NOW = datetime(2026, 1, 1, tzinfo=UTC)
OFF = Link(
    id=7,
    code="abc",
    target="https://example.com/",
    created_at=NOW,
    updated_at=NOW,
    version=2,
    options=LinkOptions(disabled=True, unknown={"colour": b'"blue"'}),
)
SIX = {
    "id": 7,
    "short_code": "abc",
    "original_url": "https://example.com/",
    "created_at": "2026-01-01T00:00:00Z",
    "updated_at": "2026-01-01T00:00:00Z",
}


def write_as_last_release(redis_url: str, *, version: int) -> None:
    """Put the link into Redis as the release before options does."""
    with Redis.from_url(redis_url) as client:
        client.set("url:abc", msgspec.json.encode({**SIX, "clicks": 0}))
        client.set("link:abc", msgspec.json.encode({**SIX, "version": version}))


@pytest.mark.parametrize("version", [2, 3])
async def test_its_values_do_not_hide_options(redis_url: str, version: int) -> None:
    """What lacks the options is looked up again, and mended by the answer."""
    async with redis_node(redis_url) as node:
        cache = RedisSharedCache(
            primary=node, replica=node, link_seconds=60, absent_seconds=1
        )
        await cache.put([OFF])
        write_as_last_release(redis_url, version=version)
        assert await cache.get("abc") is None
        current = replace(OFF, version=version)
        await cache.put([current])
        assert await cache.get("abc") == current


async def test_it_cannot_follow_what_must_be_decided(redis_url: str) -> None:
    """Programs that know six fields find no value of a link that is off."""
    async with redis_node(redis_url) as node:
        cache = RedisSharedCache(
            primary=node, replica=node, link_seconds=60, absent_seconds=1
        )
        await cache.put([replace(OFF, version=1, options=LinkOptions())])
        with Redis.from_url(redis_url) as client:
            assert client.exists("url:abc")
            await cache.put([OFF])
            assert not client.exists("url:abc")
            assert client.exists("link:abc")


async def test_a_later_release_keeps_its_richer_value(redis_url: str) -> None:
    """Of the same version, a value of a later form stays as it is."""
    async with redis_node(redis_url) as node:
        cache = RedisSharedCache(
            primary=node, replica=node, link_seconds=60, absent_seconds=1
        )
        richer = msgspec.json.encode({**SIX, "version": 2, "form": 3, "later": [1]})
        with Redis.from_url(redis_url) as client:
            client.set("link:abc", richer)
            await cache.put([OFF])
            assert client.get("link:abc") == richer
            await cache.put([replace(OFF, version=3)])
            assert client.get("link:abc") != richer
