"""The counting side of the stream of clicks: a member of its consumer group."""

import asyncio
import time
from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextlib import suppress
from typing import Final, TypeVar, cast

import structlog
from redis.asyncio import Redis
from redis.exceptions import ResponseError

from waypost.adapters.redis.client import RedisNode, chunks
from waypost.adapters.redis.stream import FIELD
from waypost.domain.clicks import PLACE_MARK, lane_of
from waypost.domain.errors import BackendUnavailable
from waypost.ports.bus import BusBatch, Undecodable
from waypost.wire.click_event import UNKNOWN_LINK, BusClick, bare_click, decode_click

Answer = TypeVar("Answer")
Entry = tuple[bytes, Mapping[bytes, bytes]]
"""An entry's id and fields."""

_ENTRIES_PER_CALL: Final = 1_000
_GATHER_SECONDS: Final = 0.02
_FORGET_SECONDS: Final = 3_600.0
_BEGINNING: Final = b"0-0"
_ENTRIES_PER_MILLISECOND: Final = 2**20

# KEYS: the stream. ARGV: the group, our name, after how many milliseconds without a
# command a member is removed. A member with entries stays, or they would be lost.
_FORGET: Final = """
for _, member in ipairs(redis.call('XINFO', 'CONSUMERS', KEYS[1], ARGV[1])) do
  local fields = {}
  for i = 1, #member, 2 do fields[member[i]] = member[i + 1] end
  if fields.pending == 0 and fields.idle > tonumber(ARGV[3])
     and fields.name ~= ARGV[2] then
    redis.call('XGROUP', 'DELCONSUMER', KEYS[1], ARGV[1], fields.name)
  end
end
"""


class RedisStreamSubscription:
    """Clicks out of a stream; `ports.bus.ClickSubscription`.

    *consumer* names this reader within the group. Entries that a member has read and
    not acknowledged for *claim_seconds* are taken over. A member that has sent no
    command for an hour and holds no entries is removed from the group.
    """

    def __init__(
        self,
        node: RedisNode,
        *,
        key: str,
        group: str,
        consumer: str,
        claim_seconds: float,
    ) -> None:
        self._node = node
        self._key = key
        self._place = PLACE_MARK.join(("redis", key))
        self._group = group
        self._consumer = consumer
        self._claim_ms = max(1, round(claim_seconds * 1000))
        self._claim_every = claim_seconds / 2
        self._claims_at = time.monotonic()
        self._claim_from = _BEGINNING

    async def read(self, *, limit: int, within: float) -> BusBatch:
        """Return up to *limit* clicks, after *within* seconds at the latest.

        What comes within that time is gathered, up to the limit.

        Raises:
            BackendUnavailable: Redis does not answer.
        """
        deadline = time.monotonic() + within
        entries = await self._claimed(limit)
        if not entries:
            # At least one read, however long the claiming took.
            left = deadline - time.monotonic()
            entries = await self._new(limit, wait=max(0.0, left))
        while not entries and (left := deadline - time.monotonic()) > 0:
            entries = await self._new(limit, wait=left)
        if entries:
            # What is already read is returned, even if no more can be read.
            with suppress(BackendUnavailable):
                await self._gather(entries, limit=limit, deadline=deadline)
        batch = _batch(entries, place=self._place)
        if any(click.link_id == UNKNOWN_LINK for click in batch.clicks):
            return batch._replace(settled={self._place: await self._settled()})
        return batch

    async def done(self, batch: BusBatch) -> None:
        """Report that *batch* is counted and need not be read again.

        Raises:
            BackendUnavailable: It may be read again.
        """
        ids = cast(Sequence[bytes], batch.receipt)
        for some in chunks(ids, _ENTRIES_PER_CALL):
            await self._remove(some)

    async def _settled(self) -> int:
        """Return the sequence before the oldest entry: all up to it is counted."""
        found = await self._node.call(lambda redis: redis.xrange(self._key, count=1))
        oldest = cast(Sequence[Entry], found)
        return sequence_of(oldest[0][0]) - 1 if oldest else 0

    async def _gather(
        self, entries: list[Entry], *, limit: int, deadline: float
    ) -> None:
        """Add to *entries* those that arrive until *deadline*."""
        while (room := limit - len(entries)) > 0:
            left = deadline - time.monotonic()
            if left <= 0:
                return
            new = await self._new(room, wait=0)
            entries += new
            if len(new) < min(room, _ENTRIES_PER_CALL):
                await asyncio.sleep(min(left, _GATHER_SECONDS))

    async def _new(self, limit: int, *, wait: float) -> list[Entry]:
        """Return entries that no member has read, within *wait* seconds."""
        # A server that is silent for longer than half the time-out counts as dead.
        longest = min(wait, self._node.timeout_seconds / 2)
        answer = await self._call(
            lambda redis: redis.xreadgroup(
                self._group,
                self._consumer,
                {self._key: ">"},
                count=min(limit, _ENTRIES_PER_CALL),
                block=max(1, int(longest * 1000)) if wait else None,
            )
        )
        streams = cast(Sequence[tuple[bytes, list[Entry]]], answer)
        return [entry for _, entries in streams for entry in entries]

    async def _claimed(self, limit: int) -> list[Entry]:
        """Return entries that a member has read and not acknowledged for too long."""
        if time.monotonic() < self._claims_at:
            return []
        answer = await self._call(
            lambda redis: redis.xautoclaim(
                self._key,
                self._group,
                self._consumer,
                self._claim_ms,
                self._claim_from,
                count=min(limit, _ENTRIES_PER_CALL),
            )
        )
        self._claim_from = answer[0]
        if self._claim_from == _BEGINNING:
            self._claims_at = time.monotonic() + self._claim_every
            await self._forget_others()
        # An entry that was deleted in the meantime comes without id and fields.
        entries = [entry for entry in answer[1] if entry[0] is not None]
        if entries:
            structlog.get_logger().info("click_stream.claimed", entries=len(entries))
        return entries

    async def _forget_others(self) -> None:
        """Remove members that are gone from the group; every start adds one."""
        await self._node.call(
            lambda redis: redis.eval(
                _FORGET,
                1,
                self._key,
                self._group,
                self._consumer,
                round(_FORGET_SECONDS * 1000),
            )
        )

    async def _remove(self, ids: Sequence[bytes]) -> None:
        async def send(redis: Redis) -> None:
            # Both or neither: an entry that is acknowledged and stays is never read
            # again.
            async with redis.pipeline(transaction=True) as pipeline:
                pipeline.xack(self._key, self._group, *ids)
                pipeline.xdel(self._key, *ids)
                await pipeline.execute()

        await self._node.call(send)

    async def _call(self, operation: Callable[[Redis], Awaitable[Answer]]) -> Answer:
        """Call *operation*; create the group if Redis does not know it.

        It begins with the oldest entry: entries that are counted are recognised.
        """

        async def attempt(redis: Redis) -> Answer:
            try:
                return await operation(redis)
            except ResponseError as error:
                if not str(error).startswith("NOGROUP"):
                    raise
            await self._make_group(redis)
            return await operation(redis)

        return await self._node.call(attempt)

    async def _make_group(self, redis: Redis) -> None:
        try:
            await redis.xgroup_create(self._key, self._group, id="0", mkstream=True)
        except ResponseError as error:
            # Another member was faster.
            if not str(error).startswith("BUSYGROUP"):
                raise


def sequence_of(entry_id: bytes) -> int:
    """Return a number in the order of entries' ids, `<milliseconds>-<number>`."""
    milliseconds, _, number = entry_id.partition(b"-")
    return int(milliseconds) * _ENTRIES_PER_MILLISECOND + int(number)


def _batch(entries: Sequence[Entry], *, place: str) -> BusBatch:
    """Return the clicks of *entries*; those without an identity get it from *place*."""
    clicks: list[BusClick] = []
    originals: list[Entry] = []
    undecodable: list[Undecodable] = []
    for entry in entries:
        try:
            clicks.append(_click(entry, place))
        except ValueError as error:
            undecodable.append(_record(entry, str(error)))
        else:
            originals.append(entry)
    return BusBatch(
        clicks=clicks,
        undecodable=undecodable,
        receipt=[entry_id for entry_id, _ in entries],
        original=lambda index: _record(originals[index], "", clicks[index].short_code),
    )


def _click(entry: Entry, place: str) -> BusClick:
    """Return the click of *entry*. Raises ValueError: there is none."""
    entry_id, fields = entry
    if (content := fields.get(FIELD)) is not None:
        return decode_click(content)
    bare = bare_click(fields.get(b"short_code"), fields.get(b"delta", b"1"))
    sequence = sequence_of(entry_id)
    if bare is None or not 0 < sequence < 2**63:
        raise ValueError("Object missing required field")
    return BusClick(
        journal=place,
        lane=lane_of(place),
        sequence=sequence,
        link_id=UNKNOWN_LINK,
        short_code=bare.short_code,
        time_ns=int(entry_id.partition(b"-")[0]) * 1_000_000,
        delta=bare.delta,
    )


def _record(entry: Entry, reason: str, code: str = "") -> Undecodable:
    entry_id, fields = entry
    content = fields.get(FIELD)
    if content is None:
        content = b"\n".join(name + b"=" + value for name, value in fields.items())
    return Undecodable(content, reason, key=code.encode(), origin=entry_id.decode())
