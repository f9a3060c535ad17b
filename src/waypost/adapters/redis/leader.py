"""Leadership by a key that expires."""

from typing import Final
from uuid import uuid4

from redis.asyncio import Redis

from waypost.adapters.redis.client import RedisNode

# KEYS: the leader's. ARGV: our token, the lifetime in milliseconds.
_HOLD: Final = """
local leader = redis.call('GET', KEYS[1])
if leader and leader ~= ARGV[1] then return 0 end
redis.call('SET', KEYS[1], ARGV[1], 'PX', ARGV[2])
return 1
"""

# KEYS: the leader's. ARGV: our token.
_RESIGN: Final = """
if redis.call('GET', KEYS[1]) == ARGV[1] then redis.call('DEL', KEYS[1]) end
"""


class RedisLeadership:
    """The process whose token is in *key* leads; `ports.leadership.Leadership`."""

    def __init__(self, node: RedisNode, *, key: str, lifetime_seconds: float) -> None:
        assert lifetime_seconds > 0, "a leadership needs a lifetime"
        self._node = node
        self._key = key
        self._lifetime_seconds = lifetime_seconds
        self._token = uuid4().bytes

    @property
    def lifetime_seconds(self) -> float:
        """How long it lasts after `hold`."""
        return self._lifetime_seconds

    async def hold(self) -> bool:
        """Take or renew it, unless another process has it; return whether it is ours.

        Raises:
            BackendUnavailable: It is unknown who leads.
        """
        milliseconds = max(1, round(self._lifetime_seconds * 1000))
        leads = await self._run(_HOLD, self._token, milliseconds)
        return leads == 1

    async def resign(self) -> None:
        """Give it up, if it is ours.

        Raises:
            BackendUnavailable: It may last until its time is over.
        """
        await self._run(_RESIGN, self._token)

    async def _run(self, script: str, *arguments: bytes | int) -> object:
        async def run(redis: Redis) -> object:
            return await redis.eval(script, 1, self._key, *arguments)

        return await self._node.call(run)
