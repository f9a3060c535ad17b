"""Programs that we did not write read what we share in Redis, and we read theirs.

The readers here do with a value what those programs do; literal values are theirs.
"""

import json
from collections.abc import AsyncIterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Annotated

import msgspec
import pytest
import redis
from pydantic import BaseModel

from tests.redis_nodes import redis_node
from waypost.adapters.redis.cache import RedisSharedCache
from waypost.config import load_settings
from waypost.domain.links import Absence, Link
from waypost.wiring.parts.redis import hot_links

NOW = datetime(2025, 1, 1, 12, 30, 15, 123456, tzinfo=UTC)
LINK = Link(
    id=7,
    code="abc1234",
    target="https://example.com/typed",
    created_at=NOW,
    updated_at=NOW,
)
EDITED = replace(LINK, target="https://example.com/edited", version=2)

# As `json.dumps`, pydantic and serde_json write it.
FOREIGN_VALUES = (
    '{"id": 7, "short_code": "abc1234", "original_url": "https://example.com", '
    '"clicks": 41, "created_at": "2025-01-01T12:30:15.123456Z", '
    '"updated_at": "2025-01-01T12:30:15Z"}',
    '{"id":7,"short_code":"abc1234","original_url":"https://example.com","clicks":41,'
    '"created_at":"2025-01-01T12:30:15.123456Z","updated_at":"2025-01-01T12:30:15Z"}',
    '{"id":7,"short_code":"abc1234","original_url":"https://example.com","clicks":41,'
    '"created_at":"2025-01-01T12:30:15.123456+00:00",'
    '"updated_at":"2025-01-01T12:30:15+00:00"}',
)
OLD_VALUE = (
    '{"id":7,"short_code":"abc1234","original_url":"https://example.com/%d",'
    '"created_at":"2025-01-01T12:30:15.123456Z",'
    '"updated_at":"2025-01-01T12:30:15.123456Z","version":%d}'
)
# What the release before this one sends to put a link.
OLD_PUT = """
local function held(key)
  local value = redis.pcall('GET', key)
  if type(value) ~= 'string' then return 0 end
  local decoded, link = pcall(cjson.decode, value)
  if not decoded or type(link) ~= 'table' then return 0 end
  if type(link.original_url) ~= 'string' then return 0 end
  return tonumber(link.version) or 0
end
for i, key in ipairs(KEYS) do
  if held(key) <= tonumber(ARGV[3 * i - 2]) then
    redis.call('SET', key, ARGV[3 * i], 'EX', ARGV[3 * i - 1])
  end
end
"""


@dataclass
class ColumnsOnly:
    """A reader that refuses any name but these, as an ORM's constructor does."""

    id: int
    short_code: str
    original_url: str
    clicks: int
    created_at: str
    updated_at: str


class Validated(BaseModel):
    """A reader that requires each field, and accepts any other."""

    id: int
    short_code: str
    original_url: str
    clicks: int
    created_at: datetime
    updated_at: datetime


class Narrow(msgspec.Struct):
    """A reader with integers of 32 bits and times with a zone."""

    id: Annotated[int, msgspec.Meta(ge=-(2**31), lt=2**31)]
    short_code: str
    original_url: str
    clicks: Annotated[int, msgspec.Meta(ge=-(2**31), lt=2**31)]
    created_at: Annotated[datetime, msgspec.Meta(tz=True)]
    updated_at: Annotated[datetime, msgspec.Meta(tz=True)]


@pytest.fixture
async def cache(redis_url: str) -> AsyncIterator[RedisSharedCache]:
    """A cache in Redis, empty."""
    async with redis_node(redis_url) as node:
        yield RedisSharedCache(
            primary=node, replica=node, link_seconds=3_600, absent_seconds=60
        )


@pytest.mark.parametrize("link", [LINK, EDITED], ids=["new", "edited"])
async def test_every_reader_takes_our_links(
    cache: RedisSharedCache, redis_url: str, link: Link
) -> None:
    """A link of ours, edited or not, is one for each of them."""
    await cache.put([LINK])
    await cache.put([link])
    value = _value(redis_url)
    assert ColumnsOnly(**json.loads(value)).original_url == link.target
    assert Validated.model_validate_json(value).original_url == link.target
    assert msgspec.json.decode(value, type=Narrow).original_url == link.target


async def test_readers_take_an_absence_for_nothing(
    cache: RedisSharedCache, redis_url: str
) -> None:
    """What we remember of a code without a link is not a value for them."""
    await cache.put_absent(LINK.code)
    assert _value(redis_url) == ""
    assert await cache.get(LINK.code) == Absence()


@pytest.mark.parametrize("value", FOREIGN_VALUES, ids=["dumps", "compact", "offset"])
async def test_their_link_is_one(
    cache: RedisSharedCache, redis_url: str, value: str
) -> None:
    """What they write is a link of the lowest version, which gives way to ours."""
    _write(redis_url, value)
    found = await cache.get(LINK.code)
    assert isinstance(found, Link)
    assert (found.id, found.target) == (7, "https://example.com")
    assert found.version == 1
    await cache.put([LINK])
    assert await cache.get(LINK.code) == LINK


@pytest.mark.parametrize("value", FOREIGN_VALUES, ids=["dumps", "compact", "offset"])
async def test_their_link_does_not_hide_an_edit(
    cache: RedisSharedCache, redis_url: str, value: str
) -> None:
    """A foreign value over an edited link is not used, nor is an older version."""
    await cache.put([EDITED])
    _write(redis_url, value)
    assert await cache.get(LINK.code) == EDITED
    await cache.put([LINK])
    assert await cache.get(LINK.code) == EDITED


@pytest.mark.parametrize(
    "target", ["https://exämple.com/", "https://a.example/\\r\\nSet-Cookie: a=b", "a b"]
)
async def test_a_target_that_is_no_header_is_nothing(
    cache: RedisSharedCache, redis_url: str, target: str
) -> None:
    """A target that cannot be sent as it is makes no answer."""
    value = FOREIGN_VALUES[0].replace("https://example.com", target)
    _write(redis_url, value)
    assert await cache.get(LINK.code) is None


async def test_values_of_earlier_releases(
    cache: RedisSharedCache, redis_url: str
) -> None:
    """Their newer version lacks options, so that the link has to be looked up."""
    await cache.put([EDITED])
    _write(redis_url, OLD_VALUE % (3, 3))
    assert await cache.get(LINK.code) is None
    await cache.put([EDITED])
    assert await cache.get(LINK.code) is None
    newer = replace(EDITED, version=3)
    await cache.put([newer])
    assert await cache.get(LINK.code) == newer
    _write(redis_url, "null")
    assert await cache.get(LINK.code) == newer
    _write(redis_url, "null", code="other")
    assert await cache.get("other") == Absence()


async def test_last_release_beside_this_one(
    cache: RedisSharedCache, redis_url: str
) -> None:
    """A link that it puts too late replaces no newer one for us."""
    await cache.put([EDITED])
    with redis.Redis.from_url(redis_url) as raw:
        raw.eval(OLD_PUT, 1, f"url:{LINK.code}", "1", "3960", OLD_VALUE % (1, 1))
        url, link = raw.ttl(f"url:{LINK.code}"), raw.ttl(f"link:{LINK.code}")
    assert await cache.get(LINK.code) == EDITED
    await cache.put([EDITED])
    assert json.loads(_value(redis_url))["original_url"] == EDITED.target
    assert int(str(url)) <= 3_960
    assert int(str(link)) > 3_600 * 0.9


def _value(redis_url: str, code: str = LINK.code) -> str:
    with redis.Redis.from_url(redis_url, decode_responses=True) as raw:
        return str(raw.get(f"url:{code}"))


def _write(redis_url: str, value: str, code: str = LINK.code) -> None:
    with redis.Redis.from_url(redis_url) as raw:
        raw.set(f"url:{code}", value)


@pytest.mark.parametrize("prefix", ["click_buffer", "click_buffer:"])
async def test_pending_clicks_have_one_key(redis_url: str, prefix: str) -> None:
    """However the prefix is written, `click_buffer:<code>` counts them, and theirs."""
    settings = load_settings(REDIS_URL=redis_url, CLICK_BUFFER_KEY_PREFIX=prefix)
    async with redis_node(redis_url) as node:
        hot = hot_links(settings, node)
        await hot.add({LINK.code: 2})
        with redis.Redis.from_url(redis_url) as raw:
            assert raw.incrby(f"click_buffer:{LINK.code}", 3) == 5
            assert await hot.pending(LINK.code) == 5
            raw.decrby(f"click_buffer:{LINK.code}", 4)
        assert await hot.pending(LINK.code) == 1
