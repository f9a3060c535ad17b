"""Clicks while Kafka is away: a Redis stream, read through a consumer group.

    publish ─▶ stream ─▶ read ─▶ (counted) ─▶ done
                 ▲  not done in time: claimed, and read again

The journal is the better place for clicks than a Redis that forgets when it stops or
that is full of them, so both are refused.
"""

from collections.abc import Sequence
from typing import Final

from waypost.adapters.redis.chunks import chunks
from waypost.adapters.redis.client import RedisNode
from waypost.domain.errors import BackendUnavailable
from waypost.ports.bus import JournaledClick
from waypost.services.click_events import encode_click

FIELD: Final = b"event"
"""The field of an entry that holds the click, as `services.click_events` writes it."""

_CLICKS_PER_CALL: Final = 500

# KEYS: the stream. ARGV: most entries that it may hold, whether it must be kept on
# disk, the field, then the values. All of them are added, or none.
_ADD: Final = """
if ARGV[2] == '1' and not
   string.find(redis.call('INFO', 'persistence'), 'aof_enabled:1', 1, true) then
  return 'forgetful'
end
if redis.call('XLEN', KEYS[1]) + #ARGV - 3 > tonumber(ARGV[1]) then return 'full' end
for i = 4, #ARGV do redis.call('XADD', KEYS[1], '*', ARGV[3], ARGV[i]) end
return 'kept'
"""


class RedisStreamPublisher:
    """Clicks into a stream; `ports.bus.ClickPublisher`.

    It holds *max_entries* at most. *require_disk* refuses a server without an
    append-only file, whose restart would lose clicks.
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

    async def publish(self, clicks: Sequence[JournaledClick]) -> None:
        """Return once the stream holds all *clicks*.

        Raises:
            BackendUnavailable: It may not hold all of them: Redis is away, has no
                room for them, or would forget them.
        """
        for some in chunks(clicks, _CLICKS_PER_CALL):
            await self._publish_some(some)

    async def _publish_some(self, clicks: Sequence[JournaledClick]) -> None:
        values = [encode_click(click) for click in clicks]
        outcome = await self._node.call(
            lambda redis: redis.eval(
                _ADD,
                1,
                self._key,
                self._max_entries,
                int(self._require_disk),
                FIELD,
                *values,
            )
        )
        if outcome != b"kept":
            raise BackendUnavailable
