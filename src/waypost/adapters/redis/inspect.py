"""The settings and the role of a Redis server, for the operator."""

from typing import NamedTuple

from redis.asyncio import Redis
from redis.exceptions import ResponseError

from waypost.adapters.redis.client import RedisNode
from waypost.adapters.redis.stream import StreamFault, stream_faults

_OLDEST = (6, 2)


class RedisReport(NamedTuple):
    """How a server is set up."""

    version: str
    is_replica: bool
    primary_answers: bool
    """Of a replica: whether it is connected to its primary."""
    forgets: bool
    """Whether answered writes may be lost when the server is killed, as far as it
    reports."""
    evicts: bool
    """Whether it deletes keys without a lifetime when its memory is full."""

    @property
    def is_too_old(self) -> bool:
        """Whether it lacks commands that are needed."""
        parts = self.version.split(".")[:2]
        return tuple(int(part) for part in parts if part.isdigit()) < _OLDEST


async def inspect_redis(node: RedisNode) -> RedisReport:
    """Return what the server of *node* reports about itself.

    Raises:
        BackendUnavailable: It does not answer, or refuses the question.
    """
    return await node.call(_report)


async def _report(redis: Redis) -> RedisReport:
    info = await redis.info()
    try:
        faults = await stream_faults(redis)
    except ResponseError:  # managed servers forbid the question
        faults = frozenset({StreamFault.FORGETS})
    return RedisReport(
        version=str(info.get("redis_version", "")),
        is_replica=info.get("role") == "slave",
        primary_answers=info.get("master_link_status", "up") == "up",
        forgets=StreamFault.FORGETS in faults,
        evicts=StreamFault.EVICTS in faults,
    )


async def plain_counter(node: RedisNode, *, key: str) -> int | None:
    """Return the plain number in *key*, as other programs count ids; None: no number.

    Raises:
        BackendUnavailable: The server does not answer.
    """
    value = await node.call(lambda redis: redis.mget(key))
    return int(value[0]) if value[0] and value[0].isdigit() else None
