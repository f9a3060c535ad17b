"""The fast path: a cached code is answered without awaiting."""

from collections.abc import Mapping

from waypost.edge.evidence import click_of
from waypost.ports.journal import ClickRecorder
from waypost.ports.near_cache import NearCache, NearEntry
from waypost.telemetry.metrics import Tally


class Redirector:
    """Finds cached links, and records clicks."""

    __slots__ = ("_record", "_tally", "commit", "held")

    def __init__(
        self, *, near: NearCache, recorder: ClickRecorder, tally: Tally
    ) -> None:
        self._record = recorder.record
        self._tally = tally
        self.held = near.get
        """Returns the entry of a cached code."""
        self.commit = recorder.commit
        """Makes the recorded clicks durable; due before their answers leave."""

    def hit(
        self,
        entry: NearEntry,
        query: bytes,
        headers: Mapping[bytes, bytes],
        address: str,
        country: bytes,
    ) -> None:
        """Record a click on an *entry* that was cached."""
        self._record(click_of(entry, query, headers, address, country), entry.lane)
        self._tally.near_redirects += 1

    def looked_up(
        self,
        entry: NearEntry,
        query: bytes,
        headers: Mapping[bytes, bytes],
        address: str,
        country: bytes,
    ) -> None:
        """Record a click on an *entry* that had to be looked up."""
        self._record(click_of(entry, query, headers, address, country), entry.lane)
        self._tally.store_redirects += 1
