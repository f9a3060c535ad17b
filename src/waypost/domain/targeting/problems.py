"""What is wrong with rules and variants: a problem for each wrong field."""

from collections.abc import Sequence
from typing import Final

from waypost.domain.errors import Place, WrongValue

WRONG_TYPE: Final = "wrong-type"
"""The code of a value of another type."""


class Problems:
    """Collects what is wrong."""

    def __init__(self) -> None:
        self._found: list[WrongValue] = []

    @property
    def found(self) -> Sequence[WrongValue]:
        """All that was found, in the order of the fields."""
        return self._found

    def add(self, place: Place, code: str, detail: str) -> None:
        """Note that the value at *place* is refused."""
        self._found.append(WrongValue(place, code, detail))
