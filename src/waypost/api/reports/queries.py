"""Reading the query of a request for a report."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Final, TypeVar
from unicodedata import category, normalize
from zoneinfo import ZoneInfo

from fastapi import Request

from waypost.api.access.guard import bound_in
from waypost.api.access.own_links import check_ids, owner_in
from waypost.api.context import context_of
from waypost.api.faults.parameters import WrongParameters
from waypost.api.reports.parameters import (
    MACHINE,
    MAX_LIMIT,
    NOT,
    PERSON,
    Parameter,
)
from waypost.domain.analytics.dimensions import DIMENSIONS, Dimension
from waypost.domain.analytics.questions import Filter, Order
from waypost.domain.domains.table import DomainTable
from waypost.domain.errors import FeatureOff, InvalidRange, LinkNotFound
from waypost.domain.naming.errors import OwnLinksOnly
from waypost.domain.reports.intervals import Interval, WeekStart
from waypost.domain.reports.periods import (
    ALL,
    DEFAULT_PERIOD,
    Period,
    named_period,
    period_between,
)
from waypost.domain.spelling import nearest
from waypost.domain.tags.errors import TagNotFound
from waypost.http.problems import WrongField
from waypost.http.statuses import INVALID_REQUEST, UNKNOWN_PARAMETER
from waypost.services.domains.bounds import Bound, bound_to, check_domain
from waypost.services.reports.asking import LINK, By, Listing, Subject
from waypost.services.reports.context import ReportContext
from waypost.services.reports.derived import (
    DERIVED,
    Derived,
    combined,
    of_continents,
)
from waypost.services.reports.first_click import period_of_all
from waypost.services.reports.link_names import (
    ids_in,
    ids_tagged,
    ids_within,
    link_ids,
)
from waypost.services.reports.series import Intervals

DOMAIN: Final = "domain"
TAG: Final = "tag"
_MAX_QUERY: Final = 8 * 1024
_LONGEST_NAME: Final = 100
_Member = TypeVar("_Member", bound=str)
_DIMENSIONS: Final[Mapping[str, Dimension | Derived]] = {
    **{dimension.value: dimension for dimension in DIMENSIONS},
    **{dimension.value: dimension for dimension in DERIVED},
}


def values_of(request: Request, known: Sequence[Parameter]) -> dict[str, list[str]]:
    """Return the values of each parameter of a request, all of them *known*.

    Raises:
        WrongParameters: One is unknown, or has a value that it does not take.
    """
    values: dict[str, list[str]] = {}
    if len(request.scope["query_string"]) > _MAX_QUERY:
        raise _wrong("query", "The query has more than 8 KiB. Ask several times.")
    for name, value in request.query_params.multi_items():
        values.setdefault(name, []).append(value)
    check_values(values, known)
    return values


class ReportQuery:
    """The parameters of one request, all of them known."""

    def __init__(self, request: Request, known: Sequence[Parameter]) -> None:
        """Check the names of all parameters, and the values of those with a choice.

        Raises:
            FeatureOff: This server makes no reports.
            WrongParameters: One is unknown, or has a value that it does not take.
        """
        reports = context_of(request).reports
        if reports is None:
            raise FeatureOff(
                "There are no reports here: they need REPORTS=true and a database that "
                "lasts."
            )
        self.reports: ReportContext = reports
        self._values = values_of(request, known)
        self._links = context_of(request).links
        self._tags = context_of(request).tags
        self._owner = owner_in(request.scope)
        self._bound = bound_in(request)

    def one(self, name: str) -> str | None:
        """Return the value of a parameter; None: it is not there."""
        values = self._values.get(name)
        return values[0] if values else None

    @property
    def is_compared(self) -> bool:
        """Whether the period before is asked for as well."""
        return self.one("compare") is not None

    async def subject(self) -> Subject:
        """Return the clicks that the report is about.

        Raises:
            UnknownZone: There is no such time zone.
            InvalidRange: The period is none.
            LinkNotFound: No link has one of the names.
            WrongParameters: A filter cannot be.
            BackendUnavailable: A store does not answer.
        """
        zone = self._zone()
        links = await self.links()
        return Subject(
            period=await self._period(zone, links), links=links, filters=self.filters()
        )

    async def today(self) -> Callable[[], Subject]:
        """Return what returns the clicks of the present day; raises as `subject`."""
        zone, links, filters = self._zone(), await self.links(), self.filters()

        def today() -> Subject:
            now = self.reports.clock.now()
            period = named_period("today", now=now, zone=zone)
            return Subject(period=period, links=links, filters=filters)

        return today

    def _zone(self) -> ZoneInfo:
        return self.reports.zones.zone(self.one("tz") or "UTC")

    async def links(self) -> frozenset[int] | None:
        """Return the ids of the links that are named, or have a tag; None: all.

        Raises:
            TagNotFound: There is no tag of a name, or not for this key.
            And as `_named_links`.
        """
        named = await self._named_links()
        if TAG not in self._values:
            return named
        ids = await ids_tagged(self._values[TAG], context=self._tags)
        ids = ids if named is None else ids & named
        if not ids and self._bound is not None:
            # A tag of other domains is none for this key.
            raise TagNotFound
        return ids

    async def _named_links(self) -> frozenset[int] | None:
        """Return the ids of the links that are named; None: those of all.

        Raises:
            LinkNotFound: No link has one of the names, or not for this key.
            OwnLinksOnly: None is named, and the key is for its own links.
            WrongParameters: There is no domain of a name.
            DomainNotAllowed: It is not for this key.
            RangeTooLarge: The domains have too many links.
            BackendUnavailable: The store does not answer.
        """
        table, links = self.reports.domains.table, self.reports.links
        domains = domains_in(self._values.get(DOMAIN, ()), self._bound, table)
        if LINK not in self._values:
            if self._owner is not None:
                raise OwnLinksOnly
            return None if domains is None else await ids_in(domains, links=links)
        ids = await link_ids(
            self._values[LINK],
            links=links,
            default_domain=self.reports.default_domain,
            table=table,
        )
        await check_ids(ids, self._owner, self._links)
        if self._bound is not None:
            seen = await ids_within(ids, self._bound, links=links)
            if seen != ids:
                raise LinkNotFound
        return ids if domains is None else await ids_within(ids, domains, links=links)

    async def _period(self, zone: ZoneInfo, links: frozenset[int] | None) -> Period:
        now, name = self.reports.clock.now(), self.one("period")
        start, end = self.one("from"), self.one("to")
        if start is None and end is not None:
            raise InvalidRange("to needs from: the first moment of the period.")
        if start is not None:
            if name is not None:
                raise InvalidRange("Name a period, or its from and to, but not both.")
            return period_between(start, end, now=now, zone=zone)
        if name == ALL:
            return await period_of_all(
                links, now=now, zone=zone, store=self.reports.store
            )
        return named_period(name or DEFAULT_PERIOD, now=now, zone=zone)

    def filters(self) -> tuple[Filter, ...]:
        """Return what the clicks must have.

        Raises:
            WrongParameters: A value has a control character, or two exclude each other.
        """
        found = [
            Filter(
                dimension=dimension,
                values=frozenset(_value(name, text) for text in self._values[name]),
                is_negated=is_negated,
            )
            for dimension in DIMENSIONS
            for is_negated in (False, True)
            for name in [NOT * is_negated + dimension]
            if name in self._values
        ]
        found += [
            of_continents(
                {_value(name, text) for text in self._values[name]},
                is_negated=is_negated,
            )
            for is_negated in (False, True)
            for name in [NOT * is_negated + Derived.CONTINENT]
            if name in self._values
        ]
        if visitor := self.one("visitor"):
            found.append(self._of_visitor(visitor))
        return combined(found)

    def _of_visitor(self, visitor: str) -> Filter:
        if {MACHINE, NOT + MACHINE} & self._values.keys():
            raise _wrong("visitor", "Give visitor or machine, but not both.")
        return Filter(
            dimension=Dimension.MACHINE,
            values=frozenset({None}),
            is_negated=visitor != PERSON,
        )

    def by(self) -> By | None:
        """Return what the clicks are broken down by; None: that is not asked for."""
        name = self.one("by")
        return LINK if name == LINK else _DIMENSIONS.get(name or "")

    def required_by(self) -> By:
        """Return what the clicks are broken down by.

        Raises:
            WrongParameters: It is missing.
        """
        by = self.by()
        if by is None:
            raise _wrong("by", "This report needs it, such as by=country.")
        return by

    def intervals(self) -> Intervals:
        """Return how the period is divided."""
        return Intervals(
            interval=_member(Interval, self.one("interval"), None),
            week_start=_member(WeekStart, self.one("week_start"), WeekStart.MONDAY),
        )

    def listing(self) -> Listing:
        """Return how values are listed.

        Raises:
            WrongParameters: The limit is not a number from 1 to 1,000.
        """
        order = _member(Order, self.one("sort"), Order.PEOPLE)
        return Listing(order, self.limit(10))

    def limit(self, default: int) -> int:
        """Return how much is listed at most.

        Raises:
            WrongParameters: The limit is not a number from 1 to 1,000.
        """
        return limit_of(self.one("limit"), default)


def domains_in(hosts: Sequence[str], bound: Bound, table: DomainTable) -> Bound:
    """Return the domains called *hosts*, or else those to which a key is *bound*.

    None: all domains.

    Raises:
        WrongParameters: There is no domain of a name.
        DomainNotAllowed: It is not for this key.
    """
    if not hosts:
        return bound
    for host in hosts:
        found = table.named(host) if host else None
        if found is None:
            raise _wrong(DOMAIN, "There is no such domain here.")
        check_domain(found.host, bound, table)
    return bound_to(hosts, table)


def limit_of(text: str | None, default: int) -> int:
    """Return how much is listed at most: the number in *text*; None: *default*.

    Raises:
        WrongParameters: It is not a number from 1 to 1,000.
    """
    if text is None:
        return default
    # The digits of ASCII only, and bounded, because int() takes many more.
    is_number = text.isascii() and text.isdecimal() and len(text) <= 4
    if not is_number or not 1 <= int(text) <= MAX_LIMIT:
        raise _wrong("limit", "This is a number from 1 to 1000.")
    return int(text)


_Default = TypeVar("_Default")


def _member(
    kind: Iterable[_Member], text: str | None, default: _Default
) -> _Member | _Default:
    return {str(member): member for member in kind}.get(text or "", default)


def check_values(
    values: Mapping[str, Sequence[str]], parameters: Sequence[Parameter]
) -> None:
    """Check the names of the *parameters* that have *values*, and those with a choice.

    Raises:
        WrongParameters: One is unknown, or has a value that it does not take.
    """
    known = {parameter.name: parameter for parameter in parameters}
    unknown = [
        WrongField(field=name[:_LONGEST_NAME], message=_about_unknown(name, known))
        for name in values
        if name not in known
    ]
    if unknown:
        raise WrongParameters(UNKNOWN_PARAMETER, unknown)
    wrong = [
        WrongField(field=name, message=message)
        for name, given in values.items()
        if (message := _about_values(known[name], given))
    ]
    if wrong:
        raise WrongParameters(INVALID_REQUEST, wrong)


def _about_unknown(name: str, known: Iterable[str]) -> str:
    if name.removeprefix(NOT) == Derived.HOUR_OF_WEEK:
        return "Clicks cannot be chosen by it. Ask for by=hour_of_week instead."
    if name == "kind":
        return (
            "All clicks are of links. Visits without a link are kept as sums: see "
            "/api/v1/unknown-codes."
        )
    meant = nearest(name, known)
    if meant:
        return f"There is no such parameter. Did you mean {meant}?"
    return "There is no such parameter here; /docs lists them."


def _about_values(parameter: Parameter, given: Sequence[str]) -> str:
    if len(given) > 1 and not parameter.is_repeatable:
        return "This parameter can be given once only."
    wrong = [value for value in given if value not in parameter.values]
    if not parameter.values or not wrong:
        return ""
    meant = nearest(wrong[0], parameter.values)
    if meant:
        return f"It does not take this value. Did you mean {meant}?"
    return f"It takes {', '.join(parameter.values)}."


def _value(name: str, text: str) -> str | None:
    """Return the value that a filter asks for; None: unknown."""
    if any(category(character) == "Cc" for character in text):
        raise _wrong(name, "A value has no control characters.")
    return normalize("NFC", text) or None


def _wrong(name: str, message: str) -> WrongParameters:
    return WrongParameters(INVALID_REQUEST, [WrongField(field=name, message=message)])
