"""Clicks while Kafka is away: a Redis stream, read through a consumer group.

    publish ─▶ stream ─▶ read ─▶ (counted) ─▶ done
                 ▲  not done in time: claimed, and read again

The journal is a better place for clicks than a Redis that loses data when it stops,
that deletes keys when its memory is full, or whose stream is full: these are refused.
"""

from collections.abc import Collection, Sequence
from enum import StrEnum
from typing import Final

import structlog
from redis.asyncio import Redis

from waypost.adapters.redis.client import RedisNode, chunks
from waypost.domain.clicks import JournaledClick
from waypost.domain.errors import BackendUnavailable
from waypost.telemetry.log_throttle import LogThrottle
from waypost.wire.click_event import encode_click

FIELD: Final = b"event"
"""The field of an entry that holds the click, as `wire.click_event` writes it."""

_CLICKS_PER_CALL: Final = 500

# KEYS: the stream. ARGV: most entries that it may hold, the field, then the values. All
# of them are added, or none.
_ADD: Final = """
if redis.call('XLEN', KEYS[1]) + #ARGV - 2 > tonumber(ARGV[1]) then return 0 end
for i = 3, #ARGV do redis.call('XADD', KEYS[1], '*', ARGV[2], ARGV[i]) end
return 1
"""

# `everysec` is missing for a reason: while a sync is in progress, commands are answered
# before they are written at all, so that a killed server loses what it has confirmed.
_WRITES_FIRST: Final = frozenset({"always", "no"})

# The stream has no lifetime, so policies that delete only what has one spare it. The
# policy alone decides: `maxmemory` may be set at any moment, and what is evicted then
# was accepted before.
_SPARING: Final = ("noeviction", "volatile-")


class StreamFault(StrEnum):
    """Why a server must not hold the only copy of a click."""

    FORGETS = "forgets"
    """Writes that it has confirmed may be lost when it is killed."""
    EVICTS = "evicts"
    """It deletes keys of any kind when its memory is full."""


class RedisStreamPublisher:
    """Clicks into a stream; `ports.bus.ClickPublisher`.

    It holds *max_entries* at most. *require_disk* refuses a server with a
    `StreamFault`, or one that does not say how it is set up. Its settings are asked
    for before every call, because they can change while it runs.
    """

    def __init__(
        self,
        node: RedisNode,
        *,
        key: str,
        max_entries: int,
        require_disk: bool = True,
    ) -> None:
        self._node = node
        self._key = key
        self._max_entries = max_entries
        self._require_disk = require_disk
        self._throttle = LogThrottle()

    async def publish(self, clicks: Sequence[JournaledClick]) -> None:
        """Return once the stream holds all *clicks*.

        Raises:
            BackendUnavailable: It may not hold all of them: Redis is away, has no
                room for them, or could lose them.
        """
        for some in chunks(clicks, _CLICKS_PER_CALL):
            await self._publish_some(some)

    async def _publish_some(self, clicks: Sequence[JournaledClick]) -> None:
        values = [encode_click(click) for click in clicks]

        async def send(redis: Redis) -> bool:
            if self._require_disk and (faults := await stream_faults(redis)):
                self._report(faults)
                return False
            added = await redis.eval(
                _ADD, 1, self._key, self._max_entries, FIELD, *values
            )
            return bool(added)

        if not await self._node.call(send):
            raise BackendUnavailable

    def _report(self, faults: Collection[StreamFault]) -> None:
        if self._throttle.allows("refused"):
            structlog.get_logger().warning(
                "click_stream.refused", faults=sorted(faults)
            )


async def stream_faults(redis: Redis) -> frozenset[StreamFault]:
    """Return why the server must not hold clicks; empty: it may."""
    settings = await redis.config_get("appendonly", "appendfsync", "maxmemory-policy")
    faults: set[StreamFault] = set()
    syncs = settings.get("appendfsync") in _WRITES_FIRST
    if settings.get("appendonly") != "yes" or not syncs:
        faults.add(StreamFault.FORGETS)
    if not (settings.get("maxmemory-policy") or "").startswith(_SPARING):
        faults.add(StreamFault.EVICTS)
    return frozenset(faults)
