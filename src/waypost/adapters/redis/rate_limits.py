"""Rate limits that processes count together."""

from hashlib import blake2b
from typing import Final, cast

from redis.asyncio import Redis

from waypost.adapters.redis.client import RedisNode
from waypost.domain.access.limits import Decision, Policy

_MICROSECONDS: Final = 1_000_000
_NAME_BYTES: Final = 16

# KEYS: the list of one name's hits, the earliest first, in microseconds of Redis'
# clock: those of servers may differ. ARGV: quota, window in microseconds.
# Returns whether it is allowed, how many hits there are then, and in how many
# microseconds the first of them counts no more.
_HIT: Final = """
local time = redis.call('TIME')
local now = time[1] * 1000000 + time[2]
local quota, window = tonumber(ARGV[1]), tonumber(ARGV[2])
local first = redis.call('LINDEX', KEYS[1], 0)
while first and tonumber(first) <= now - window do
  redis.call('LPOP', KEYS[1])
  first = redis.call('LINDEX', KEYS[1], 0)
end
local hits = redis.call('LLEN', KEYS[1])
local allowed = 0
if hits < quota then
  allowed = 1
  hits = hits + 1
  redis.call('RPUSH', KEYS[1], string.format('%.0f', now))
  redis.call('PEXPIRE', KEYS[1], math.ceil(window / 1000))
end
first = redis.call('LINDEX', KEYS[1], -math.min(hits, quota))
return {allowed, hits, math.min(window, first + window - now)}
"""


class RedisRateCounts:
    """Remembers when each name was counted; `ports.access.limits.SharedRateCounts`."""

    def __init__(self, node: RedisNode, *, secret: str) -> None:
        """Count in *node*; names are stored as hashes with *secret*.

        A Redis may write to its disk, which is no place for addresses.
        """
        self._node = node
        self._secret = blake2b(secret.encode()).digest()

    async def hit(self, policy: Policy, name: str) -> Decision:
        """Count one more for *name*, if *policy* allows it.

        Raises:
            BackendUnavailable: Redis does not answer in time.
        """
        rate = policy.rate
        key = self._key(policy, name)

        async def run(redis: Redis) -> object:
            return await redis.eval(
                _HIT, 1, key, rate.quota, rate.seconds * _MICROSECONDS
            )

        answer = await self._node.call(run)
        allowed, hits, microseconds = cast(tuple[int, int, int], answer)
        return Decision(
            policy=policy,
            is_allowed=allowed == 1,
            remaining=max(0, rate.quota - hits),
            reset_seconds=microseconds / _MICROSECONDS,
        )

    def _key(self, policy: Policy, name: str) -> str:
        hashed = blake2b(name.encode(), digest_size=_NAME_BYTES, key=self._secret)
        return f"rate:{policy.name}:{hashed.hexdigest()}"
