"""Blocks of ids from a Redis server, which hands out stripes of the database's ids.

::

    lease ─▶ [take] ─▶ block
               │ the stripe is spent, or of a memory that was lost
               │ or there is none, or a plain counter of another program
               ▼
             lease a stripe from the database ─▶ [install] ─▶ [take]

What stands in brackets is one Lua script, which Redis runs without interruption. Redis
may lose its memory at any moment, or return to an older state, but then the stripe is
not continued: it belongs to the server that it was installed in, in one life of its
process and one time of being primary (`docs/adr/0013-keygen.md`).
"""

import asyncio
import time
from collections.abc import Callable
from typing import Final, NamedTuple

import msgspec
import structlog
from redis.asyncio import Redis

from waypost.adapters.redis.client import RedisNode
from waypost.domain.codes import IdBlock
from waypost.domain.errors import BackendUnavailable
from waypost.ports.blocks import BlockSource
from waypost.telemetry.metrics import Metrics

STRIPE_SIZE: Final = 1_000_000
"""How many ids a node takes from the database at a time."""
_ATTEMPTS: Final = 3
"""How many stripes are installed at most for a block that other processes take."""
_LOSS_SECONDS: Final = 1.0
"""A node that loses its memory more often than that gets no new stripe each time."""

# `run_id` is new at every start of a server, and `master_replid` whenever it becomes
# primary. `run_id` alone would not do: a primary that follows its old replica for a
# while, and leads again, is still the same process, with older data.
_IDENTITY: Final = """
local info = redis.call('INFO', 'server') .. redis.call('INFO', 'replication')
if not string.find(info, 'role:master', 1, true) then
  return redis.error_reply('READONLY ids are leased from a primary')
end
local me = string.match(info, 'run_id:(%x+)') .. ':'
  .. string.match(info, 'master_replid:(%x+)')
local counter, stripe, seen = nil, {}, nil
if redis.call('TYPE', KEYS[1]).ok == 'string' then
  counter = redis.call('GET', KEYS[1])
  if not string.match(counter, '^%d+$') then
    return redis.error_reply('WRONGTYPE neither a stripe of ids nor a counter')
  end
  seen = 'counter ' .. counter
else
  stripe = redis.call('HMGET', KEYS[1], 'server', 'next', 'end')
  seen = (stripe[1] or '') .. ' ' .. (stripe[3] or '')
end
"""
_TAKE: Final = (
    _IDENTITY
    + """
local size = tonumber(ARGV[1])
if stripe[1] == me and stripe[2] + size - 1 <= tonumber(stripe[3]) then
  local next = redis.call('HINCRBY', KEYS[1], 'next', size)
  return {next - size, next - 1, me, seen}
end
return {0, 0, me, seen}
"""
)
# Refused if the stripe is not the one that was read, or if the server is no longer
# the one that answered. A stripe is sent only once, even if the answer is lost.
# Another program's counter is replaced only by a stripe above it.
_INSTALL: Final = (
    _IDENTITY
    + """
if me ~= ARGV[1] or seen ~= ARGV[2] then
  return 0
end
if counter then
  if tonumber(ARGV[3]) <= tonumber(counter) then return 0 end
  redis.call('DEL', KEYS[1])
end
redis.call('HSET', KEYS[1], 'server', me, 'next', ARGV[3], 'end', ARGV[4])
return 1
"""
)
_HIGHEST: Final = """
if redis.call('TYPE', KEYS[1]).ok == 'string' then
  return redis.call('GET', KEYS[1])
end
return redis.call('HGET', KEYS[1], 'end')
"""

_log = structlog.get_logger()


class _Taken(NamedTuple):
    """The answer of the first script."""

    start: int
    """The first id of the block; 0: there is no block."""
    end: int
    """Its last id."""
    server: bytes
    """Identity of the server that answers, in its current life."""
    seen: bytes
    """The server that the stripe belongs to, and the stripe's end."""

    @property
    def is_of_another_program(self) -> bool:
        """Whether there is no stripe, but a plain counter."""
        return self.seen.startswith(b"counter ")

    @property
    def is_lost(self) -> bool:
        """Whether the stripe is gone, or belongs to another life of the server."""
        return not (
            self.seen.startswith(self.server + b" ") or self.is_of_another_program
        )


class RedisBlocks:
    """Leases blocks from the hash *key* of *node*, which is filled from *stripes*.

    Any number of processes may share a node. A block that is larger than what is left
    of the stripe wastes the rest.
    """

    def __init__(
        self,
        node: RedisNode,
        *,
        key: str,
        stripes: BlockSource,
        metrics: Metrics,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self._node = node
        self._key = key
        self._stripes = stripes
        self._metrics = metrics
        self._monotonic = monotonic
        self._take_script = node.client.register_script(_TAKE)
        self._install_script = node.client.register_script(_INSTALL)
        self._refilling = asyncio.Lock()
        self._no_loss_before = 0.0

    async def lease(self, size: int) -> IdBlock:
        """Return *size* ids.

        Raises:
            BackendUnavailable: The node does not answer, or it needs a stripe and the
                database does not answer.
        """
        taken = await self._take(size)
        if not taken.start:
            taken = await self._refill_and_take(size)
        return IdBlock(start=taken.start, end=taken.end)

    async def ready(self) -> None:
        """Check that blocks can be leased; take over another program's plain counter.

        Raises:
            BackendUnavailable: The node does not answer, or holds something else in
                the place of its stripe, or its counter cannot be taken over.
        """
        taken = await self._take(0)
        if taken.is_of_another_program:
            await self._refill_and_take(1)
            _log.info("ids.counter_taken_over")

    async def _refill_and_take(self, size: int) -> _Taken:
        async with self._refilling:
            for _ in range(_ATTEMPTS):
                # Another task or process may have refilled it in the meantime.
                taken = await self._take(size)
                if taken.start:
                    return taken
                await self._refill(taken, size)
            taken = await self._take(size)
        if not taken.start:
            raise BackendUnavailable("Other processes take all ids. Try again shortly.")
        return taken

    async def _refill(self, taken: _Taken, size: int) -> None:
        """Give the node a new stripe, unless another process has done so."""
        if taken.is_lost and self._monotonic() < self._no_loss_before:
            raise BackendUnavailable("This node keeps losing its memory.")
        stripe = await self._stripes.lease(max(size, STRIPE_SIZE))
        if taken.is_lost:
            self._no_loss_before = self._monotonic() + _LOSS_SECONDS
        self._metrics.id_stripes.labels("lost" if taken.is_lost else "spent").inc()
        arguments = (taken.server, taken.seen, stripe.start, stripe.end)

        async def install(redis: Redis) -> object:
            return await self._install_script([self._key], arguments, client=redis)

        await self._node.call(install)

    async def _take(self, size: int) -> _Taken:
        async def take(redis: Redis) -> object:
            return await self._take_script([self._key], [size], client=redis)

        return msgspec.convert(await self._node.call(take), _Taken)


class RedisStripe:
    """The stripe, or the plain counter, in *key* of *node*; a `StripeHolder`."""

    def __init__(self, node: RedisNode, *, key: str) -> None:
        self._node = node
        self._key = key

    async def highest_id(self) -> int:
        """Return the last id of the stripe, even of an earlier life; 0: there is none.

        Another program's counter is the last id that it has leased.

        Raises:
            BackendUnavailable: The node does not answer, or holds something else.
        """
        end = await self._node.call(lambda redis: redis.eval(_HIGHEST, 1, self._key))
        try:
            return int(end or 0)
        except ValueError as error:
            raise BackendUnavailable from error
