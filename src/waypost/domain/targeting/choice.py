"""Where a visitor of a link goes, by its rules and variants: compiled once."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from hashlib import blake2b
from typing import Final, NamedTuple

from waypost.domain.links import Link
from waypost.domain.targeting.conditions import LASTING, Condition
from waypost.domain.targeting.reading import Reading, ReadRule, ReadVariant
from waypost.domain.targeting.visitor import CountryOf, Visitor
from waypost.domain.targeting.visits import Visit

_LONG_AGO: Final = datetime(1970, 1, 1, tzinfo=UTC)
_NETWORK_BYTES: Final = 8
"""Of an IPv6 address; the rest changes within a day."""


class Choice(NamedTuple):
    """Where a visitor goes, and why."""

    location: str | None
    """None: the visitor is refused."""
    rule: int | None
    """The place of the rule that holds, from 0; None: none does."""
    variant: str | None
    """The name of the variant; None: the visitor is in the share of none."""
    rule_name: str | None
    """The name of the rule, or its place where it has none; None as `rule`."""


class RuleStep(NamedTuple):
    """A rule that was looked at."""

    rule: int
    holds: bool


class _Share(NamedTuple):
    end: int
    """Visitors are in it whose number is less, and not in one before."""
    name: str
    location: str


class _Destination(NamedTuple):
    location: str | None
    shares: Sequence[_Share]


class _Rule(NamedTuple):
    place: int
    name: str
    condition: Condition
    destination: _Destination


@dataclass(frozen=True, slots=True, kw_only=True)
class Targeting:
    """The rules and variants of a link."""

    link_id: int
    rules: Sequence[_Rule]
    otherwise: _Destination
    country_of: CountryOf
    _number: Callable[[], blake2b] = field(init=False, repr=False, compare=False)
    """Returns a hash that has begun with the link's key."""

    def __post_init__(self) -> None:
        """Begin the hash of visitors: that takes as long as the rest of it."""
        key = self.link_id.to_bytes(16, "big")
        object.__setattr__(self, "_number", blake2b(digest_size=8, key=key).copy)

    def choose(self, visit: Visit, now: datetime) -> Choice:
        """Return where *visit* leads at the moment *now*."""
        visitor = Visitor(visit, now=now, country_of=self.country_of)
        for rule in self.rules:
            if rule.condition.holds(visitor):
                by = rule.place, rule.name
                return self._within(rule.destination, visit, visitor, by)
        return self._within(self.otherwise, visit, visitor)

    def steps(self, visit: Visit, now: datetime) -> list[RuleStep]:
        """Return the rules that `choose` looks at, the last of which may hold."""
        visitor = Visitor(visit, now=now, country_of=self.country_of)
        steps: list[RuleStep] = []
        for rule in self.rules:
            steps.append(RuleStep(rule.place, rule.condition.holds(visitor)))
            if steps[-1].holds:
                break
        return steps

    def lasts(self, now: datetime) -> int:
        """Return for how many seconds every visitor gets the same; 0: it differs."""
        destinations = [self.otherwise, *(rule.destination for rule in self.rules)]
        if any(one.shares for one in destinations):
            return 0
        return min((one.condition.lasts(now) for one in self.rules), default=LASTING)

    def _within(
        self,
        to: _Destination,
        visit: Visit,
        visitor: Visitor,
        by: tuple[int | None, str | None] = (None, None),
    ) -> Choice:
        place, name = by
        if to.shares:
            number = _number_of(self._number(), visit, visitor)
            for share in to.shares:
                if number < share.end:
                    return Choice(share.location, place, share.name, name)
        return Choice(to.location, place, None, name)


def targeting_of(
    link: Link, *, located: Callable[[str], str], country_of: CountryOf
) -> Targeting:
    """Return the rules and variants of *link*, compiled.

    *located* returns where a URL of the link leads. A rule that cannot be read is of a
    newer release: it holds for no visitor.
    """

    def destination(url: str | None, shares: Sequence[ReadVariant]) -> _Destination:
        return _Destination(
            None if url is None else located(url), _shares(shares, located)
        )

    compiled: list[_Rule] = []
    for place, one in enumerate(link.options.rules):
        rule: ReadRule | None = _reading().rule(one, ())
        if rule is not None:
            to = destination(rule.url, rule.variants)
            name = rule.name or str(place)
            compiled.append(_Rule(place, name, rule.condition, to))
    return Targeting(
        link_id=link.id,
        rules=compiled,
        otherwise=destination(link.target, _reading().variants(link.options.variants)),
        country_of=country_of,
    )


def _reading() -> Reading:
    return Reading(now=_LONG_AGO, target=str)


def _shares(
    variants: Sequence[ReadVariant], located: Callable[[str], str]
) -> list[_Share]:
    shares: list[_Share] = []
    end = 0
    for one in variants:
        end += one.weight
        shares.append(_Share(end, one.name, located(one.url)))
    return shares


def _number_of(keyed: blake2b, visit: Visit, visitor: Visitor) -> int:
    """Return a number below 100, the same at each visit of a visitor.

    The key is the link itself, so that every process that knows the link finds the
    same number, and a visitor has another one for each link.
    """
    # An address of IPv4 is shorter.
    network = visitor.address[:_NETWORK_BYTES]
    agent = visit.headers.get(b"user-agent", b"")
    keyed.update(network + b"\0" + agent)
    return int.from_bytes(keyed.digest(), "big") % 100
