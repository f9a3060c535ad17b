"""The near cache: links in this process's memory, ready for use and bounded."""

import time
from collections.abc import Callable
from itertools import islice
from typing import Final, NamedTuple

from msgspec.structs import replace

from waypost.ports.near_cache import NearEntry
from waypost.telemetry.metrics import Tally

# What an entry takes besides the letters of its code and location: the structure, the
# objects' headers, the id, the dictionary's slot and rounding. Measured: with
# tracemalloc 278 bytes per entry of 69 letters, and 296 of resident memory; and since
# then 8 for the place of a title.
_ENTRY_BYTES: Final = 238
# A key that is not the code itself.
_KEY_BYTES: Final = 60
# Of a text besides its letters, which take up to four bytes each.
_TEXT_BYTES: Final = 76
# Of a plan besides its URLs: its structures, and two moments. Measured as above: 356.
_PLAN_BYTES: Final = 360
_MAX_ABSENCES: Final = 10_000
# Entries are removed in batches: finding a dictionary's oldest key means passing the
# places of all that were removed since it last grew.
_EVICTED_SHARE: Final = 256
_JITTER: Final = 0.1
_HELD_SECONDS: Final = 3_600.0
_DEADLINES: Final = 64
# Entries that arrive after an expiry get deadlines later than all before by this.
_LATER: Final = 1e-6


class _Expiry(NamedTuple):
    """Entries that arrived before a moment end before its deadline; one per lane."""

    last_deadlines: list[float]
    """The latest deadlines of what arrived before."""
    ends: list[float]

    def has_ended(self, entry: NearEntry, now: float) -> bool:
        lane = entry.lane % _DEADLINES
        return now >= self.ends[lane] and entry.fresh_until <= self.last_deadlines[lane]


class MemoryNearCache:
    """A dictionary in order of arrival, from which the oldest leave first.

    An entry arrives anew whenever its freshness ends, so after a few minutes the
    order is no worse than that of last use, and a hit has nothing to write.
    """

    def __init__(
        self,
        *,
        max_bytes: int,
        fresh_seconds: float,
        absent_seconds: float,
        tally: Tally,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        assert max_bytes > 0, "a near cache needs room"
        self._max_bytes = max_bytes
        self._fresh_seconds = fresh_seconds
        self._absent_seconds = absent_seconds
        self._tally = tally
        self._monotonic = monotonic
        self._entries: dict[str, NearEntry] = {}
        self._absent_until: dict[str, float] = {}
        self._bytes_used = 0
        self._deadlines: list[float] = []
        self._deadlines_start = self._deadlines_end = monotonic()
        self._expiry: _Expiry | None = None

    @property
    def entries(self) -> int:
        """How many links are held, fresh or not."""
        return len(self._entries)

    @property
    def bytes_used(self) -> int:
        """Estimated memory of the links held."""
        return self._bytes_used

    def get(self, code: str) -> NearEntry | None:
        """Return the entry of *code* if it is known and fresh."""
        entry = self._entries.get(code)
        if entry is None:
            return None
        now = self._monotonic()
        if now >= entry.fresh_until:
            return None
        if self._expiry is not None and self._expiry.has_ended(entry, now):
            return None
        return entry

    def get_stale(self, code: str) -> NearEntry | None:
        """Return the entry of *code* if it is known, fresh or not, for an hour more."""
        entry = self._entries.get(code)
        if entry is None or self._monotonic() >= entry.fresh_until + _HELD_SECONDS:
            return None
        return entry

    def is_absent(self, code: str) -> bool:
        """Return whether *code* was looked up a moment ago and belonged to no link."""
        until = self._absent_until.get(code)
        return until is not None and self._monotonic() < until

    def put(self, entry: NearEntry) -> None:
        """Remember *entry*, at the cost of older ones if need be."""
        key = entry.key
        self.drop(key)
        held = replace(entry, fresh_until=self._deadline(entry.lane))
        self._entries[key] = held
        self._bytes_used += _size(held)
        while self._bytes_used > self._max_bytes:
            self._evict()

    def put_absent(self, code: str) -> None:
        """Remember for a short while that *code* belongs to no link."""
        if self.get(code) is not None:
            return
        self.drop(code)
        if len(self._absent_until) >= _MAX_ABSENCES:
            self._forget_absences()
        self._absent_until[code] = self._monotonic() + self._absent_seconds

    def drop(self, code: str) -> None:
        """Forget all that is known of *code*."""
        self._absent_until.pop(code, None)
        entry = self._entries.pop(code, None)
        if entry is not None:
            self._bytes_used -= _size(entry)

    def expire(self, *, within: float) -> None:
        """End the freshness of all entries within so many seconds, spread over them."""
        now = self._monotonic()
        self._absent_until.clear()
        if not self._entries:
            return
        ends = _spread(now, within)
        if self._expiry is not None and now < self._expiry.ends[-1]:
            # Deadlines that are postponed again and again would never come.
            ends = self._expiry.ends
        start = max(now, self._deadlines_start)
        self._expiry = _Expiry(self._deadlines_from(start), ends)
        self._renew_deadlines(start + _LATER)

    def _deadline(self, lane: int) -> float:
        """Return until when an entry of *lane* is fresh, if it arrives now.

        The lanes spread the ends of freshness, so that entries which came together
        are not looked up again together. Their entries share the number itself,
        which spares each of them 24 bytes, and lose up to 1 % of their time by it.
        """
        now = self._monotonic()
        if now >= self._deadlines_end:
            self._renew_deadlines(now)
            if self._expiry is not None and now >= self._expiry.last_deadlines[-1]:
                self._expiry = None
        return self._deadlines[lane % _DEADLINES]

    def _renew_deadlines(self, start: float) -> None:
        self._deadlines_start = start
        self._deadlines_end = start + self._fresh_seconds / 100
        self._deadlines = self._deadlines_from(start)

    def _deadlines_from(self, start: float) -> list[float]:
        shortest = self._fresh_seconds * (1 - _JITTER)
        return _spread(start + shortest, self._fresh_seconds * 2 * _JITTER)

    def _evict(self) -> None:
        oldest = list(islice(self._entries, len(self._entries) // _EVICTED_SHARE + 1))
        for code in oldest:
            self.drop(code)
        self._tally.near_evictions += len(oldest)

    def _forget_absences(self) -> None:
        for code in list(islice(self._absent_until, _MAX_ABSENCES // _EVICTED_SHARE)):
            del self._absent_until[code]


def _spread(start: float, seconds: float) -> list[float]:
    """Return a moment for each lane, from *start* to *seconds* later."""
    step = seconds / (_DEADLINES - 1)
    return [start + step * lane for lane in range(_DEADLINES)]


def _size(entry: NearEntry) -> int:
    size = _ENTRY_BYTES + len(entry.code) + len(entry.location)
    if entry.domain:
        size += _KEY_BYTES + len(entry.domain)
    if entry.title is not None:
        size += _TEXT_BYTES + 4 * len(entry.title)
    if entry.plan is not None:
        size += (
            _PLAN_BYTES
            + len(entry.location)
            + len(entry.plan.options.expired_url or "")
        )
    return size
