"""What is wrong with rules and variants: a problem for each wrong field."""

from collections.abc import Sequence

from waypost.domain.errors import DomainError
from waypost.domain.wrong.codes import FieldCode
from waypost.domain.wrong.values import Place, WrongValue


class Problems:
    """Collects what is wrong."""

    def __init__(self) -> None:
        self._found: list[WrongValue] = []

    @property
    def found(self) -> Sequence[WrongValue]:
        """All that was found, in the order of the fields."""
        return self._found

    def add(self, place: Place, code: FieldCode, detail: str) -> None:
        """Note that the value at *place* is refused."""
        self._found.append(WrongValue(place, code.value, detail))

    def refuse(self, place: Place, refusal: DomainError) -> None:
        """Note that *refusal* is about the value at *place*."""
        self._found.append(refusal.at(*place))
