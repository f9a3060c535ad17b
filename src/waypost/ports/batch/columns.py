"""Columns of a table: many values in a few objects, in place of one object for each.

Numbers are in views of memory, which other programs' arrays are made of without a copy.
"""

from array import array
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Generic, TypeAlias, TypeVar

Value: TypeAlias = str | int | bool | None
V = TypeVar("V", bound=Value)
V_co = TypeVar("V_co", bound=Value, covariant=True)


@dataclass(frozen=True, slots=True)
class Plain:
    """Values as they are."""

    objects: Sequence[Value]

    def __len__(self) -> int:
        return len(self.objects)

    def part(self, start: int, end: int) -> "Plain":
        """Return the rows from *start* to before *end*."""
        return Plain(self.objects[start:end])

    def plain(self) -> Sequence[Value]:
        """Return each value as an object."""
        return self.objects


@dataclass(frozen=True, slots=True)
class Numbers:
    """Whole numbers, none of which is unknown."""

    view: memoryview
    """Of integers of any width."""

    @classmethod
    def of(cls, numbers: Iterable[int]) -> "Numbers":
        """Return *numbers*, which have 64 bits with a sign."""
        return cls(memoryview(array("q", numbers)))

    def __len__(self) -> int:
        return len(self.view)

    def part(self, start: int, end: int) -> "Numbers":
        """Return the rows from *start* to before *end*."""
        return Numbers(self.view[start:end])

    def plain(self) -> Sequence[int]:
        """Return each value as an object."""
        return self.view.tolist()


@dataclass(frozen=True, slots=True)
class Coded(Generic[V_co]):
    """Values of which many rows have the same: each value once, and rows by its place.

    A value may be there twice, or be that of no row.
    """

    places: Numbers
    values: Sequence[V_co]

    def __len__(self) -> int:
        return len(self.places)

    def part(self, start: int, end: int) -> "Coded[V_co]":
        """Return the rows from *start* to before *end*."""
        return Coded(self.places.part(start, end), self.values)

    def plain(self) -> Sequence[V_co]:
        """Return each value as an object."""
        return list(map(self.values.__getitem__, self.places.plain()))


def coded(values: Sequence[V]) -> Coded[V]:
    """Return *values*, one for each row, as a column."""
    different = list(dict.fromkeys(values))
    place = {value: at for at, value in enumerate(different)}
    return Coded(Numbers.of(map(place.__getitem__, values)), different)


@dataclass(frozen=True, slots=True)
class Joined:
    """Text: the values of several columns, none of them unknown, with hyphens."""

    columns: Sequence["Column"]

    def __len__(self) -> int:
        return len(self.columns[0])

    def part(self, start: int, end: int) -> "Joined":
        """Return the rows from *start* to before *end*."""
        return Joined([column.part(start, end) for column in self.columns])

    def plain(self) -> Sequence[str]:
        """Return each value as an object."""
        texts = (map(str, column.plain()) for column in self.columns)
        return list(map("-".join, zip(*texts, strict=True)))


Column: TypeAlias = Plain | Numbers | Coded[Value] | Joined
"""The values of one field, for some rows. Each may be None: unknown."""
