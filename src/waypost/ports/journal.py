"""A journal of clicks: its writer, and its readers."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Final, NamedTuple, Protocol

from waypost.domain.clicks import Click, JournaledClick, JournalPosition
from waypost.domain.sequences import SequenceRange
from waypost.wire.journal_record import RecordedClick

COUNTS: Final = "counts"
"""The reader of a journal that adds clicks to their links' counts."""
BUS: Final = "bus"
"""The reader that publishes clicks to the bus, from which others count them."""
ROWS: Final = "rows"
"""The reader that stores clicks for reports."""


class ClickRecorder(Protocol):
    """The edge's side of a journal. Synchronous, and never raises.

    A click that cannot be written (the disk is full, the journal's bound is
    reached) is dropped, counted in a metric, and logged once a minute.
    """

    def record(self, click: Click, lane: int) -> None:
        """Take *click*; it is durable only after the next `commit`."""
        ...

    def commit(self) -> None:
        """Make every recorded click durable against a killed process.

        Must be called before any of their redirects is answered.
        """
        ...


class DamagedRecord(NamedTuple):
    """Bytes of a journal that are not a record, and where they stood."""

    position: JournalPosition
    content: bytes
    reason: str


class ClickBatch(NamedTuple):
    """Consecutive clicks of one journal."""

    journal: str
    """The id of the journal in which *position* lies; empty: nothing was read."""
    clicks: list[RecordedClick]
    damaged: list[DamagedRecord]
    position: JournalPosition
    """Where the next batch begins."""
    more: bool
    """Whether the source is known to hold more."""


class ClickSums(NamedTuple):
    """Consecutive clicks of one journal, added up while they were recorded."""

    journal: str
    clicks: Mapping[int, int]
    """How many by link id."""
    lanes: Mapping[int, SequenceRange]
    """Their sequences, which are dense, by lane."""
    newest_ns: int
    """When the newest was recorded: nanoseconds since 1970 in UTC."""
    position: JournalPosition
    """Where the next clicks begin."""
    more: bool
    """Whether the source is known to hold more."""


class ClickSource(Protocol):
    """The counting side of a folder with the clicks of one journal after another."""

    async def begin(
        self, positions: Callable[[str], Awaitable[JournalPosition | None]]
    ) -> JournalPosition | None:
        """Return the position to read from; None: from the oldest click.

        *positions* returns up to where a journal has been counted, wherever its
        clicks were read: in this folder, or in a copy of it.

        Raises:
            BackendUnavailable: The journal cannot be read at the moment.
        """
        ...

    def take(self, position: JournalPosition | None) -> ClickSums | None:
        """Return the clicks from *position* on as sums, if they are in memory.

        They are given once; a caller that cannot use them can still `read` them.
        """
        ...

    async def read(self, position: JournalPosition | None, *, limit: int) -> ClickBatch:
        """Return up to *limit* clicks from *position* on (None: from the oldest).

        Only clicks that `commit` made durable are seen. Never blocks the event
        loop for long, and does not wait for clicks to come.

        Raises:
            BackendUnavailable: The journal cannot be read at the moment.
        """
        ...

    async def set_aside(self, damaged: DamagedRecord) -> None:
        """Keep bytes that could not be read, for an operator to examine."""
        ...

    async def release(self, position: JournalPosition) -> None:
        """Note that what lies before *position* is counted, and may be deleted.

        It stays for as long as another reader needs it.

        Raises:
            BackendUnavailable: The disk refuses to delete.
        """
        ...


class JournaledBatch(NamedTuple):
    """Consecutive clicks of one journal, whole."""

    journal: str
    """The id of the journal in which *position* lies; empty: nothing was read."""
    clicks: Sequence[JournaledClick]
    damaged: Sequence[DamagedRecord]
    position: JournalPosition
    """Where the next batch begins."""
    more: bool
    """Whether the journal is known to hold more."""


class JournalFeed(Protocol):
    """Whole clicks of a folder that another process writes, for one of its readers."""

    async def begin(
        self, positions: Callable[[str], Awaitable[JournalPosition | None]]
    ) -> JournalPosition | None:
        """Return the position to read from; None: from the oldest click.

        *positions* returns up to where the reader has read a journal, wherever its
        clicks were read: in this folder, or in a copy of it.

        Raises:
            BackendUnavailable: The journal cannot be read at the moment.
        """
        ...

    async def read(
        self, position: JournalPosition | None, *, limit: int
    ) -> JournaledBatch:
        """Return up to *limit* clicks from *position* on (None: from the oldest).

        Does not wait for clicks to come.

        Raises:
            BackendUnavailable: The journal cannot be read at the moment.
        """
        ...

    async def set_aside(self, damaged: DamagedRecord) -> None:
        """Keep bytes that could not be read, for an operator to examine.

        Raises:
            BackendUnavailable: They are not kept.
        """
        ...


class ReaderPositions(Protocol):
    """Up to where one reader has read a folder. One that is too old does no harm."""

    async def load(self, journal: str) -> JournalPosition | None:
        """Return the position that was saved last; None: none of *journal*."""
        ...

    async def save(self, journal: str, position: JournalPosition) -> None:
        """Replace the saved position with *position* in *journal*.

        Raises:
            BackendUnavailable: The last one is still remembered.
        """
        ...
