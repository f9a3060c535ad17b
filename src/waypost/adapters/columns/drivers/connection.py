"""What the store needs of a database: a synchronous connection, used by one thread."""

import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from typing import Final, Protocol, TypeAlias, TypeVar

import msgspec

from waypost.domain.errors import BackendUnavailable

Value: TypeAlias = int | str | bytes | None
T = TypeVar("T")

IDS: Final = 0x5743_0000
"""The lock of all that hands out ids: values and journals."""
LANES: Final = 0x5743_0100
"""The lock of lane 0; the other lanes follow."""
UPKEEP: Final = 0x5743_0001
"""The lease of the one process that compacts, seals and deletes."""
CHUNKS: Final = 0x5743_0003
"""The lock of every transaction that changes chunks or roll-ups."""
SCHEMA: Final = 0x5743_0002
"""The lock of making the tables."""


class Connection(Protocol):
    """A connection. Every error of driver or server is a `BackendUnavailable`.

    Statements are SQL that both kinds of database understand, with `?` for each
    parameter. `{numbers}` and `{texts}` stand for a list in one parameter, see `many`.
    """

    deadline: float
    """By `time.monotonic`: a statement that begins later is refused."""

    def fetch(self, sql: str, *parameters: Value) -> list[T]:
        """Return the rows; the caller names their type, a tuple."""
        ...

    def run(self, sql: str, *parameters: Value) -> None:
        """Do one statement."""
        ...

    def run_many(self, sql: str, rows: Iterable[Sequence[Value]]) -> None:
        """Do one statement for each of *rows*."""
        ...

    def writing(self) -> AbstractContextManager[None]:
        """Open a transaction that writes: kept at the end, undone by an exception."""
        ...

    def reading(self) -> AbstractContextManager[None]:
        """Open a transaction whose reads all see one moment."""
        ...

    def lock(self, number: int) -> None:
        """Keep other transactions from locking *number* until this one ends."""
        ...

    def lease(self, number: int) -> AbstractContextManager[bool]:
        """Hold *number* if no other process does; the value says whether it is held."""
        ...

    def scrub(self) -> AbstractContextManager[None]:
        """Overwrite what is deleted meanwhile, as far as the database can."""
        ...

    def shrink(self) -> None:
        """Return free space to the disk, as far as the database can."""
        ...

    def close(self) -> None:
        """End the connection; an open transaction is undone."""
        ...


def many(values: Sequence[int] | Sequence[str]) -> str:
    """Return the parameter for `{numbers}` or `{texts}`."""
    return msgspec.json.encode(values).decode()


def check_deadline(deadline: float) -> None:
    """Refuse to go on after *deadline*.

    Raises:
        BackendUnavailable: It is over.
    """
    if time.monotonic() > deadline:
        raise BackendUnavailable


Job: TypeAlias = Callable[[Connection], T]


@contextmanager
def changing(connection: Connection) -> Iterator[None]:
    """Open a transaction that changes chunks or roll-ups: one at a time."""
    with connection.writing():
        connection.lock(CHUNKS)
        yield
