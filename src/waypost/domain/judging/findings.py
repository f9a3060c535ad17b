"""Look for all that is wrong with a request at once."""

from collections.abc import Callable, Iterable, Sequence
from typing import Final, TypeVar

from waypost.domain.errors import DomainError, InvalidRules, InvalidValues
from waypost.domain.wrong.values import WrongValue

_T = TypeVar("_T")
_OF_RULES: Final = frozenset({"rules", "variants"})


class Findings:
    """Collects what is wrong with the values of one request."""

    def __init__(self) -> None:
        self._found: list[WrongValue] = []

    @property
    def found(self) -> Sequence[WrongValue]:
        """All that was found."""
        return self._found

    def add(self, found: Iterable[WrongValue]) -> None:
        """Note what was *found* elsewhere."""
        self._found += found

    def look(self, field: str, look: Callable[[], _T]) -> _T | None:
        """Return what *look* returns; None: it refuses, and that is about *field*."""
        try:
            return look()
        except DomainError as refusal:
            self._found += refusal.wrong or [refusal.at(field)]
            return None

    def refusal(self, first: DomainError) -> DomainError:
        """Return the refusal of all that was found, of which *first* is one.

        One thing has its own code; so have the rules and variants of a link.
        """
        if len(self._found) < 2:
            first.wrong = self._found or first.wrong
            return first
        if all(one.place[:1] and one.place[0] in _OF_RULES for one in self._found):
            return InvalidRules(self._found)
        return InvalidValues(self._found)
