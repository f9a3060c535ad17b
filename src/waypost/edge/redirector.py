"""The straight road: a code that is held ready is answered without awaiting."""

from collections.abc import Mapping

from waypost.edge.decide import decide
from waypost.edge.evidence import click_of
from waypost.http.answers import Answer
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

        Not if something has to be decided about it, see `decided`. The answer may
        leave only after `commit`.
        """
        entry = self._near_get(code)
        if entry is None or entry.plan is not None:
            return None
        self._record(click_of(entry, query, headers, address), entry.lane)
        self._tally.near_redirects += 1
        return entry.location

    def decided(
        self, code: str, query: bytes, headers: Mapping[bytes, bytes], address: str
    ) -> Answer | None:
        """Return the redirect of *code*, if it is held ready and has to be decided.

        None as well if the visitor is sent nowhere. A click is recorded as by `hit`.
        """
        entry = self._near_get(code)
        if entry is None or entry.plan is None:
            return None
        answer, counts = decide(entry, query)
        if not isinstance(answer, Answer):
            return None
        if counts:
            self.record(entry, query, headers, address, is_held=True)
        return answer

    def record(
        self,
        entry: NearEntry,
        query: bytes,
        headers: Mapping[bytes, bytes],
        address: str,
        *,
        is_held: bool,
    ) -> None:
        """Record a click on *entry*, which was held ready or had to be looked up."""
        self._record(click_of(entry, query, headers, address), entry.lane)
        if is_held:
            self._tally.near_redirects += 1
        else:
            self._tally.store_redirects += 1
