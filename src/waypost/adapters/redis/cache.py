"""The shared cache: links that every process may use.

replica ─▶ get (from the primary, while the replica is away)
primary ◀─ put, put_absent, lock

`url:<code>` is read and written by other programs too. Where a link is more than its
value there can say, `link:<code>` says it (`wire/link_payload.py`).
"""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager, suppress
from typing import Final
from uuid import uuid4

import structlog
from redis.asyncio import Redis

from waypost.adapters.redis.client import RedisNode, chunks
from waypost.domain.errors import BackendUnavailable
from waypost.domain.links import (
    DEFAULT_DOMAIN,
    LOWEST_VERSION,
    Absence,
    Link,
    key_of,
)
from waypost.telemetry.log_throttle import LogThrottle
from waypost.wire.link_payload import (
    ABSENT,
    FORM,
    decode_values,
    encode_link,
    encode_whole,
)

LOCK_SECONDS: Final = 1.0
"""How long one process holds the lock for looking up a code, at most."""

_LINKS_PER_CALL: Final = 1_000
_LINKS_PER_SCRIPT: Final = 100
_JITTER: Final = 0.1

# Longer than the age of a value that another program may write.
_VERSION_SECONDS_MORE: Final = 60

# KEYS: for each link, its two values'. ARGV, for each: version, lifetime in seconds of
# either, and both values; an empty one is not stored. Scripts are sent in full, so
# that it does not matter whether the server still has them.
_PUT: Final = f"""
local function held(key)
  local value = redis.pcall('GET', key)
  if type(value) ~= 'string' then return 0, 0 end
  local decoded, link = pcall(cjson.decode, value)
  if not decoded or type(link) ~= 'table' then return 0, 0 end
  if type(link.original_url) ~= 'string' then return 0, 0 end
  return tonumber(link.version) or {LOWEST_VERSION}, tonumber(link.form) or 1
end
local function set(key, value, seconds)
  if value ~= '' then
    redis.call('SET', key, value, 'EX', seconds)
  else
    redis.call('DEL', key)
  end
end
for i = 1, #KEYS, 2 do
  local url, link, at = KEYS[i], KEYS[i + 1], 5 * (i - 1) / 2
  local version = tonumber(ARGV[at + 1])
  local known, form = held(link)
  local newer = known < version or (known == version and form <= {FORM})
  if newer and held(url) <= version then
    set(url, ARGV[at + 4], ARGV[at + 2])
    if ARGV[at + 5] ~= '' then set(link, ARGV[at + 5], ARGV[at + 3]) end
  end
end
"""

# KEYS: the lock. ARGV: the token of its holder.
_UNLOCK: Final = """
if redis.call('GET', KEYS[1]) == ARGV[1] then redis.call('DEL', KEYS[1]) end
"""


class RedisSharedCache:
    """Links in Redis; `ports.shared_cache.SharedCache`."""

    def __init__(
        self,
        *,
        primary: RedisNode,
        replica: RedisNode,
        link_seconds: int,
        absent_seconds: float,
    ) -> None:
        self._primary = primary
        self._replica = replica
        self._link_seconds = link_seconds
        self._absent_ms = max(1, round(absent_seconds * 1000))
        self._throttle = LogThrottle()

    async def get(
        self, code: str, *, domain: str = DEFAULT_DOMAIN
    ) -> Link | Absence | None:
        """Return what is remembered of *code*; it may be older than the last `put`.

        Raises:
            BackendUnavailable: Neither replica nor primary answers.
        """
        values = await self._values(key_of(code, domain))
        if not any(value is not None for value in values):
            return None
        try:
            return decode_values(values, code=code, domain=domain)
        except ValueError:
            self._log_unreadable()
            return None

    async def put(self, links: Sequence[Link]) -> None:
        """Remember *links*, except those of which a newer version is remembered.

        A remembered absence gives way.

        Raises:
            BackendUnavailable: Not all of them are remembered.
        """
        for some in chunks(links, _LINKS_PER_CALL):
            await self._put_some(some)

    async def put_absent(self, code: str, *, domain: str = DEFAULT_DOMAIN) -> None:
        """Remember for a short while that *code* belongs to no link.

        Does nothing if a link is remembered.

        Raises:
            BackendUnavailable: It may not be remembered.
        """
        url, _ = _keys(key_of(code, domain))
        await self._primary.call(
            lambda redis: redis.set(url, ABSENT, px=self._absent_ms, nx=True)
        )

    @asynccontextmanager
    async def lock(
        self, code: str, *, domain: str = DEFAULT_DOMAIN
    ) -> AsyncIterator[bool]:
        """Try to be the only process that looks *code* up, for a second at most.

        Yields whether it is. While Redis is away every process gets True: without a
        shared lock each looks it up by itself.
        """
        key, token = f"lock:url:{key_of(code, domain)}", uuid4().bytes
        try:
            taken = await self._primary.call(
                lambda redis: redis.set(
                    key, token, px=round(LOCK_SECONDS * 1000), nx=True
                )
            )
        except BackendUnavailable:
            yield True
            return
        try:
            yield bool(taken)
        finally:
            if taken:
                await self._unlock(key, token)

    async def _values(self, key: str) -> Sequence[bytes | None]:
        try:
            return await self._replica.values(*_keys(key))
        except BackendUnavailable:
            if self._replica is self._primary:
                raise
        return await self._primary.values(*_keys(key))

    async def _put_some(self, links: Sequence[Link]) -> None:
        async def send(redis: Redis) -> None:
            async with redis.pipeline(transaction=False) as pipeline:
                for some in chunks(links, _LINKS_PER_SCRIPT):
                    pipeline.eval(_PUT, 2 * len(some), *self._arguments(some))
                await pipeline.execute()

        await self._primary.call(send)

    def _arguments(self, links: Sequence[Link]) -> list[str | int | bytes]:
        arguments: list[str | int | bytes] = []
        for link in links:
            arguments += _keys(key_of(link.code, link.domain))
        for link in links:
            seconds = self._lifetime(link)
            arguments += (link.version, seconds, seconds + _VERSION_SECONDS_MORE)
            arguments += (encode_link(link), encode_whole(link))
        return arguments

    def _lifetime(self, link: Link) -> int:
        """Return for how many seconds *link* is remembered.

        The ids spread it, so that links which came together do not expire together.
        """
        spread = 1 - _JITTER + 2 * _JITTER * (link.id % 64) / 63
        return max(1, round(self._link_seconds * spread))

    async def _unlock(self, key: str, token: bytes) -> None:
        # If this fails, the lock expires by itself.
        with suppress(BackendUnavailable):
            await self._primary.call(lambda redis: redis.eval(_UNLOCK, 1, key, token))

    def _log_unreadable(self) -> None:
        """Log, once a minute at most, that another program writes to our keys."""
        event = "shared_cache.unreadable"
        if self._throttle.allows(event):
            structlog.get_logger().warning(event)


def _keys(key: str) -> tuple[str, str]:
    return f"url:{key}", f"link:{key}"
