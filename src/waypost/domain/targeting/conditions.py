"""Conditions of a rule, compiled: each says of a visitor whether it holds."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final, Protocol

from waypost.domain.targeting.visitor import Visitor

LASTING: Final = 10**9
"""In seconds: what never changes again."""


class Condition(Protocol):
    """What has to hold."""

    def holds(self, visitor: Visitor) -> bool:
        """Return whether it holds for *visitor*."""
        ...

    def lasts(self, now: datetime) -> int:
        """Return for how many seconds from *now* it will not change, for any visitor.

        0: it depends on the visitor.
        """
        ...


class _OfVisitor:
    """A condition that depends on the visitor."""

    __slots__ = ()

    def lasts(self, now: datetime) -> int:  # noqa: ARG002 - as the protocol says
        """Return that it may differ from visitor to visitor."""
        return 0


@dataclass(frozen=True, slots=True)
class OneOf(_OfVisitor):
    """A property of the visitor has one of some values."""

    property_of: Callable[[Visitor], str]
    values: frozenset[str]

    def holds(self, visitor: Visitor) -> bool:
        """Return whether the visitor's is among them; what is unknown never is."""
        return self.property_of(visitor) in self.values


@dataclass(frozen=True, slots=True)
class Speaks(_OfVisitor):
    """The visitor prefers one of some languages, which are in lower case."""

    languages: tuple[str, ...]

    def holds(self, visitor: Visitor) -> bool:
        """Return whether a language, or one of its regions, is among the visitor's."""
        for spoken in visitor.languages:
            for wanted in self.languages:
                if spoken == wanted or spoken.startswith(f"{wanted}-"):
                    return True
        return False


@dataclass(frozen=True, slots=True)
class ComesFrom(_OfVisitor):
    """The visitor's address lies in one of some ranges, ends included."""

    ranges: tuple[tuple[bytes, bytes], ...]
    """First and last addresses in their 4 or 16 bytes, which sort as they do."""

    def holds(self, visitor: Visitor) -> bool:
        """Return whether it does; an unknown address lies in none."""
        address = visitor.address
        return any(
            len(first) == len(address) and first <= address <= last
            for first, last in self.ranges
        )


@dataclass(frozen=True, slots=True)
class Asks(_OfVisitor):
    """The visitor's query has a parameter."""

    name: str
    values: frozenset[str] | None
    """One of these; None: any."""

    def holds(self, visitor: Visitor) -> bool:
        """Return whether it has, once at least."""
        found = visitor.parameters.get(self.name, ())
        return bool(found) if self.values is None else not self.values.isdisjoint(found)


@dataclass(frozen=True, slots=True)
class NotBefore:
    """The moment has come."""

    moment: datetime

    def holds(self, visitor: Visitor) -> bool:
        """Return whether it is that moment or later."""
        return visitor.now >= self.moment

    def lasts(self, now: datetime) -> int:
        """Return the seconds to the moment."""
        return seconds_to(self.moment, now)


@dataclass(frozen=True, slots=True)
class All:
    """All of some conditions hold."""

    conditions: Sequence[Condition]

    def holds(self, visitor: Visitor) -> bool:
        """Return whether they do."""
        for one in self.conditions:  # noqa: SIM110 - `all` takes as long again
            if not one.holds(visitor):
                return False
        return True

    def lasts(self, now: datetime) -> int:
        """Return for how long all of them last."""
        return min((one.lasts(now) for one in self.conditions), default=LASTING)


@dataclass(frozen=True, slots=True)
class AnyOf(All):
    """One of some conditions holds at least."""

    def holds(self, visitor: Visitor) -> bool:
        """Return whether one does."""
        for one in self.conditions:  # noqa: SIM110 - as above
            if one.holds(visitor):
                return True
        return False


@dataclass(frozen=True, slots=True)
class Not:
    """A condition does not hold."""

    condition: Condition

    def holds(self, visitor: Visitor) -> bool:
        """Return whether it does not."""
        return not self.condition.holds(visitor)

    def lasts(self, now: datetime) -> int:
        """Return for how long the condition lasts."""
        return self.condition.lasts(now)


def seconds_to(moment: datetime, now: datetime) -> int:
    """Return the whole seconds from *now* to *moment*; `LASTING` if it is over."""
    return (moment - now) // timedelta(seconds=1) if now < moment else LASTING
