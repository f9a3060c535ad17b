"""The straight road: a code that is held ready is answered without awaiting."""

from collections.abc import Mapping

from waypost.edge.evidence import click_of
from waypost.ports.journal import ClickRecorder
from waypost.ports.near_cache import NearCache, NearEntry
from waypost.telemetry.metrics import Tally


class Redirector:
    """Finds links in the near cache and records their clicks."""

    __slots__ = ("_near_get", "_record", "_tally", "commit")

    def __init__(
        self, *, near: NearCache, recorder: ClickRecorder, tally: Tally
    ) -> None:
        self._near_get = near.get
        self._record = recorder.record
        self._tally = tally
        self.commit = recorder.commit
        """Makes the recorded clicks durable; due before their answers leave."""

    def hit(
        self, code: str, query: bytes, headers: Mapping[bytes, bytes], address: str
    ) -> bytes | None:
        """Record a click on *code* and return its location, if it is held ready.

        The answer may leave only after `commit`.
        """
        entry = self._near_get(code)
        if entry is None:
            return None
        self._record(click_of(entry, query, headers, address), entry.lane)
        self._tally.near_redirects += 1
        return entry.location

    def looked_up(
        self,
        entry: NearEntry,
        query: bytes,
        headers: Mapping[bytes, bytes],
        address: str,
    ) -> bytes:
        """Record a click on an *entry* that the store had to be asked for."""
        self._record(click_of(entry, query, headers, address), entry.lane)
        self._tally.store_redirects += 1
        return entry.location
