"""Tables that leave the product: their columns, and the forms of their files."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import NamedTuple, Protocol, TypeAlias

from waypost.ports.batch.columns import Column


class Kind(StrEnum):
    """What the values of a column are. Each may be None: unknown."""

    TEXT = "text"
    CHOICE = "choice"
    """Text of which there are few different values."""
    IDENTITY = "identity"
    """Text that no other row has, and that begins like its neighbours."""
    INTEGER = "integer"
    MOMENT = "moment"
    """Milliseconds since 1970 in UTC."""
    FLAG = "flag"


class Field(NamedTuple):
    """A column of a table."""

    name: str
    kind: Kind


Columns: TypeAlias = Sequence[Column]
"""Some rows of a table: the column of each field, all of the same length."""


class TableWriter(Protocol):
    """Writes one table, in bounded memory. Threads may take turns with it."""

    def write(self, columns: Columns) -> bytes:
        """Take some rows, and return what is to be sent now."""
        ...

    def end(self) -> bytes:
        """Return the rest. Without it no reader takes the table for complete."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class TableForm:
    """A form in which tables are written."""

    content_type: str
    ending: str
    """Of the names of files."""
    rows: int
    """How many rows its writer takes at a time, at most: they cost memory, and those of
    text keep other threads waiting."""
    open: Callable[[Sequence[Field]], TableWriter]
    """Returns the writer of a table with these fields."""
