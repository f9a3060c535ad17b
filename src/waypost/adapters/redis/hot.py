"""How many clicks are recorded and not counted yet, and which links are clicked most.

    add ─┬▶ click_buffer:<code>   clicks that are not counted yet ◀─ settle, pending
         └▶ hot_urls              codes by clicks                 ◀─ hottest, fade

Both are estimates that expire. The set holds ten times the codes that are asked for;
the least clicked are removed first, a few hundred at a time: more at once would block
Redis for a tenth of a second. `fading.py` halves the scores over time.
"""

import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Final, cast

import msgspec
from redis.asyncio import Redis

from waypost.adapters.redis.client import RedisNode, chunks
from waypost.adapters.redis.fading import fade
from waypost.domain.clicks import lane_of

_CODES_PER_CALL: Final = 1_000
_CODES_PER_SCRIPT: Final = 200
_KEYS_PER_SCAN: Final = 1_000
_ROOM: Final = 10

_pack = msgspec.msgpack.Encoder().encode

# KEYS: the hot set. ARGV: its bound and lifetime, the prefix of buffers and their
# lifetime, codes, and the clicks on each. A value that is not a number, or not a set,
# belongs to another program and is not changed.
_ADD: Final = """
local hot, bound, seconds = KEYS[1], tonumber(ARGV[1]), ARGV[4]
local codes, clicks = cmsgpack.unpack(ARGV[5]), cmsgpack.unpack(ARGV[6])
local keys, scores = {}, {}
for i, code in ipairs(codes) do keys[i] = ARGV[3] .. code end
local held = redis.call('MGET', unpack(keys))
for i, key in ipairs(keys) do
  if not held[i] then
    redis.call('SET', key, clicks[i], 'EX', seconds, 'NX')
  elseif tonumber(held[i]) then
    redis.call('SET', key, held[i] + clicks[i], 'EX', seconds)
  end
end
local known = redis.pcall('ZMSCORE', hot, unpack(codes))
if known.err then return end
for i, code in ipairs(codes) do
  scores[2 * i - 1] = (known[i] or 0) + clicks[i]
  scores[2 * i] = code
end
redis.call('ZADD', hot, unpack(scores))
redis.call('EXPIRE', hot, ARGV[2])
local size = redis.call('ZCARD', hot)
if size > bound then
  redis.call('ZREMRANGEBYRANK', hot, 0, math.min(size - bound, 4 * #codes) - 1)
end
"""

# ARGV: the prefix of buffers, codes, and the clicks to subtract from each. A buffer
# that has expired is not created again.
_SETTLE: Final = """
local codes, clicks = cmsgpack.unpack(ARGV[2]), cmsgpack.unpack(ARGV[3])
local keys, empty = {}, {}
for i, code in ipairs(codes) do keys[i] = ARGV[1] .. code end
for i, value in ipairs(redis.call('MGET', unpack(keys))) do
  local held = value and tonumber(value)
  if held and held > clicks[i] then
    redis.pcall('DECRBY', keys[i], clicks[i])
  elseif held then
    empty[#empty + 1] = keys[i]
  end
end
if #empty > 0 then redis.call('DEL', unpack(empty)) end
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class ClickBuffers:
    """The keys that hold how many clicks on a code are not counted yet."""

    prefix: str
    """Stands before the code."""
    seconds: int
    """How long a buffer stays after the last click."""


@dataclass(frozen=True, slots=True, kw_only=True)
class HotSet:
    """The sorted set of codes by clicks."""

    key: str
    seconds: int
    """How long it stays after the last click."""
    top: int
    """How many codes are asked for."""


class RedisHotLinks:
    """Pending clicks and hot links in Redis; `ports.hot_links.HotLinks`."""

    def __init__(
        self, node: RedisNode, *, buffers: ClickBuffers, hot_set: HotSet
    ) -> None:
        self._node = node
        self._prefix = buffers.prefix
        self._buffer_seconds = buffers.seconds
        self._hot_key = hot_set.key
        self._hot_seconds = hot_set.seconds
        self._bound = _ROOM * hot_set.top

    async def add(self, clicks: Mapping[str, int]) -> None:
        """Add recorded clicks by code to the pending clicks, and to the scores.

        Raises:
            BackendUnavailable: Some may not be added.
        """
        for some in chunks(list(clicks.items()), _CODES_PER_CALL):
            await self._add_some(some)

    async def settle(self, clicks: Mapping[str, int]) -> None:
        """Subtract counted clicks by code from the pending clicks.

        Raises:
            BackendUnavailable: Some may not be subtracted; they expire.
        """
        for some in chunks(list(clicks.items()), _CODES_PER_CALL):
            await self._settle_some(some)

    async def forget(self, lanes: Collection[int]) -> None:
        """Forget the pending clicks of *lanes*: some of those clicks are lost.

        Raises:
            BackendUnavailable: Some may still be known.
        """
        cursor = 0
        while True:
            cursor = await self._forget_some(cursor, lanes)
            if not cursor:
                return

    async def pending(self, code: str) -> int:
        """Return how many clicks are recorded, and not in the store's count yet.

        Raises:
            BackendUnavailable: Redis cannot be asked.
        """
        value = await self._node.value(self._prefix + code)
        try:
            return max(0, int(value or 0))
        except ValueError:
            return 0

    async def hottest(self, *, limit: int) -> Sequence[str]:
        """Return up to *limit* codes, the most clicked first.

        Raises:
            BackendUnavailable: Redis cannot be asked.
        """
        if limit < 1:
            return []
        codes = await self._node.call(
            lambda redis: redis.zrevrange(self._hot_key, 0, limit - 1)
        )
        return [code.decode(errors="replace") for code in cast(list[bytes], codes)]

    async def fade(self, *, every_seconds: int) -> None:
        """Halve all scores and drop the lowest, at most once in *every_seconds*.

        Raises:
            BackendUnavailable: Some scores may be as high as before.
        """
        await fade(self._node, hot_key=self._hot_key, every_seconds=every_seconds)

    async def _add_some(self, clicks: Sequence[tuple[str, int]]) -> None:
        async def send(redis: Redis) -> None:
            async with redis.pipeline(transaction=False) as pipeline:
                for some in chunks(clicks, _CODES_PER_SCRIPT):
                    pipeline.eval(
                        _ADD,
                        1,
                        self._hot_key,
                        self._bound,
                        self._hot_seconds,
                        self._prefix,
                        self._buffer_seconds,
                        *_packed(some),
                    )
                await pipeline.execute()

        await self._node.call(send)

    async def _settle_some(self, clicks: Sequence[tuple[str, int]]) -> None:
        async def send(redis: Redis) -> None:
            async with redis.pipeline(transaction=False) as pipeline:
                for some in chunks(clicks, _CODES_PER_SCRIPT):
                    pipeline.eval(_SETTLE, 0, self._prefix, *_packed(some))
                await pipeline.execute()

        await self._node.call(send)

    async def _forget_some(self, cursor: int, lanes: Collection[int]) -> int:
        """Scan a part of all keys; return where to continue, or 0."""

        async def send(redis: Redis) -> int:
            pattern = _escaped(self._prefix) + "*"
            following, keys = await redis.scan(cursor, pattern, _KEYS_PER_SCAN)
            prefix = len(self._prefix.encode())
            lost = [
                key
                for key in cast(list[bytes], keys)
                if lane_of(key[prefix:].decode(errors="replace")) in lanes
            ]
            if lost:
                await redis.unlink(*lost)
            return int(following)

        return await self._node.call(send)


def _escaped(text: str) -> str:
    """Return *text* as a pattern that matches only it."""
    return re.sub(r"([*?\[\]\\])", r"\\\1", text)


def _packed(clicks: Sequence[tuple[str, int]]) -> list[bytes]:
    """Return codes, and the clicks on each: one argument costs less than hundreds."""
    return [_pack(column) for column in zip(*clicks, strict=True)]
