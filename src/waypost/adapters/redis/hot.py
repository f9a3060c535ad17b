"""How many clicks are on their way to the count, and what is clicked most.

    add ─┬▶ click_buffer:<code>   clicks that are not counted yet ◀─ settle, pending
         └▶ hot_urls              codes by clicks                 ◀─ hottest

Both are hints that expire. Heat fades: every ten minutes or so all scores are halved,
so that yesterday's celebrity makes room for today's. The set holds ten times the codes
that are asked for; the coldest leave first. Neither is done in one go, which would keep
Redis from answering for a tenth of a second, but a little with every `add`.
"""

import time
from collections.abc import Callable, Mapping, Sequence
from typing import Final, cast

from redis.asyncio import Redis

from waypost.adapters.redis.chunks import chunks
from waypost.adapters.redis.client import RedisNode

_CODES_PER_CALL: Final = 1_000
_CODES_PER_SCRIPT: Final = 200
_FADE_SECONDS: Final = 600
_FADED_AT_ONCE: Final = 200
_ROOM: Final = 10
# Fewer clicks than this, long ago, are not worth a place.
_COLD: Final = 0.5

# KEYS: the hot set, then a buffer per code. ARGV: the set's bound and lifetime, the
# buffers' lifetime, then code and clicks for each. What is no number, or no set,
# belongs to somebody else and is left alone.
_ADD: Final = """
local hot, bound = KEYS[1], tonumber(ARGV[1])
for i = 2, #KEYS do
  local code, clicks = ARGV[2 * i], ARGV[2 * i + 1]
  redis.pcall('INCRBY', KEYS[i], clicks)
  redis.pcall('EXPIRE', KEYS[i], ARGV[3])
  redis.pcall('ZINCRBY', hot, clicks, code)
end
redis.pcall('EXPIRE', hot, ARGV[2])
local size = redis.pcall('ZCARD', hot)
if type(size) == 'number' and size > bound then
  redis.call('ZREMRANGEBYRANK', hot, 0, math.min(size - bound, 4 * #KEYS) - 1)
end
"""

# KEYS: the hot set, how far its fading is, the mark that it has begun. ARGV: seconds
# between fadings, codes to look at, the score below which a code is forgotten. Returns
# whether the fading is not over.
_FADE: Final = """
local from = redis.call('GET', KEYS[2])
if not from then
  if not redis.call('SET', KEYS[3], '1', 'NX', 'EX', ARGV[1]) then return 0 end
  from = '0'
end
local part = redis.call('ZSCAN', KEYS[1], from, 'COUNT', ARGV[2])
for i = 1, #part[2], 2 do
  local code, score = part[2][i], part[2][i + 1] / 2
  if score < tonumber(ARGV[3]) then
    redis.call('ZREM', KEYS[1], code)
  else
    redis.call('ZADD', KEYS[1], score, code)
  end
end
if part[1] == '0' then
  redis.call('DEL', KEYS[2])
  return 0
end
redis.call('SET', KEYS[2], part[1], 'EX', ARGV[1])
return 1
"""

# KEYS: buffers. ARGV: the clicks to take off each. A buffer that has expired stays so.
_SETTLE: Final = """
for i, key in ipairs(KEYS) do
  local held = redis.pcall('GET', key)
  local clicks = type(held) == 'string' and tonumber(held)
  if clicks then
    if clicks > tonumber(ARGV[i]) then
      redis.pcall('DECRBY', key, ARGV[i])
    else
      redis.call('DEL', key)
    end
  end
end
"""


class RedisHotLinks:
    """Pending clicks and hot links in Redis; `ports.caching.HotLinks`."""

    def __init__(  # noqa: PLR0913  # each is a setting
        self,
        node: RedisNode,
        *,
        buffer_prefix: str,
        buffer_seconds: int,
        hot_key: str,
        hot_seconds: int,
        top: int,
        fade_seconds: int = _FADE_SECONDS,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self._node = node
        self._prefix = buffer_prefix
        self._buffer_seconds = buffer_seconds
        self._hot_key = hot_key
        self._hot_seconds = hot_seconds
        self._bound = _ROOM * top
        self._fade_seconds = fade_seconds
        self._monotonic = monotonic
        self._fades_at = monotonic() + fade_seconds

    async def add(self, clicks: Mapping[str, int]) -> None:
        """Add recorded clicks by code to what is pending, and to what is hot.

        Raises:
            BackendUnavailable: Some may not be added.
        """
        for some in chunks(list(clicks.items()), _CODES_PER_CALL):
            await self._add_some(some)
        if self._monotonic() >= self._fades_at and not await self._fade():
            self._fades_at = self._monotonic() + self._fade_seconds

    async def settle(self, clicks: Mapping[str, int]) -> None:
        """Take clicks by code off what is pending: they are counted.

        Raises:
            BackendUnavailable: Some may not be taken off; they expire.
        """
        for some in chunks(list(clicks.items()), _CODES_PER_CALL):
            await self._settle_some(some)

    async def pending(self, code: str) -> int:
        """Return how many clicks are recorded, and not in the store's count yet.

        Raises:
            BackendUnavailable: Nobody knows.
        """
        value = await self._node.value(self._prefix + code)
        try:
            return max(0, int(value or 0))
        except ValueError:
            return 0

    async def hottest(self, *, limit: int) -> Sequence[str]:
        """Return up to *limit* codes, the most clicked first.

        Raises:
            BackendUnavailable: Nobody knows.
        """
        if limit < 1:
            return []
        codes = await self._node.call(
            lambda redis: redis.zrevrange(self._hot_key, 0, limit - 1)
        )
        return [code.decode(errors="replace") for code in cast(list[bytes], codes)]

    async def _add_some(self, clicks: Sequence[tuple[str, int]]) -> None:
        async def send(redis: Redis) -> None:
            async with redis.pipeline(transaction=False) as pipeline:
                for some in chunks(clicks, _CODES_PER_SCRIPT):
                    keys = [self._hot_key, *(self._prefix + code for code, _ in some)]
                    pairs = [part for pair in some for part in pair]
                    pipeline.eval(
                        _ADD,
                        len(keys),
                        *keys,
                        self._bound,
                        self._hot_seconds,
                        self._buffer_seconds,
                        *pairs,
                    )
                await pipeline.execute()

        await self._node.call(send)

    async def _settle_some(self, clicks: Sequence[tuple[str, int]]) -> None:
        async def send(redis: Redis) -> None:
            async with redis.pipeline(transaction=False) as pipeline:
                for some in chunks(clicks, _CODES_PER_SCRIPT):
                    keys = [self._prefix + code for code, _ in some]
                    pipeline.eval(
                        _SETTLE, len(keys), *keys, *(number for _, number in some)
                    )
                await pipeline.execute()

        await self._node.call(send)

    async def _fade(self) -> bool:
        """Halve the scores of some codes; return whether there are more to halve."""
        more = await self._node.call(
            lambda redis: redis.eval(
                _FADE,
                3,
                self._hot_key,
                f"{self._hot_key}:fading",
                f"{self._hot_key}:faded",
                self._fade_seconds,
                _FADED_AT_ONCE,
                _COLD,
            )
        )
        return bool(more)
