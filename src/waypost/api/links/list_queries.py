"""Reading the query of a request for a list of links."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Final, Protocol

from fastapi import Request

from waypost.api.access.own_links import owner_in
from waypost.api.faults.parameters import WrongParameters
from waypost.api.links.list_parameters import DEFAULT_LIMIT, LIST, SORTS
from waypost.api.reports.parameters import MAX_LIMIT
from waypost.api.reports.queries import values_of
from waypost.domain.codes import parse_code
from waypost.domain.errors import DomainNotAllowed, InvalidRange, InvalidTarget
from waypost.domain.links import DEFAULT_DOMAIN
from waypost.domain.listing.filters import (
    LISTED_STATES,
    Feature,
    LinkFilter,
    Moments,
    Numbers,
    Sort,
)
from waypost.domain.listing.words import words_in
from waypost.domain.moments import parse_moment
from waypost.domain.naming.external_ids import RULE, is_external_id
from waypost.domain.options import folded
from waypost.domain.tags.values import tag_name
from waypost.domain.urls.targets import canonical
from waypost.domain.verdict import LinkState
from waypost.http.problems import WrongField
from waypost.http.statuses import INVALID_REQUEST
from waypost.ports.runtime import Clock, HostNames
from waypost.services.domains.known import KnownDomains
from waypost.services.links.context import LinkContext
from waypost.services.lists.pages import ListQuery


class FilterContext(Protocol):
    """What filters are read with."""

    @property
    def clock(self) -> Clock:
        """From which moments are counted."""
        ...

    @property
    def hosts(self) -> HostNames:
        """How hosts are spelt."""
        ...

    @property
    def domains(self) -> KnownDomains:
        """The domains of this server."""
        ...

    def target(self, url: str) -> str:
        """Return the form of *url* that is stored; raises `InvalidTarget`."""
        ...


_ARCHIVED: Final = {None: False, "false": False, "true": True, "any": None}
_NO_MAKER: Final = ":"
"""The id of no key."""
_MAX_WORDS: Final = 10
_MAX_DIGITS: Final = 18
_DEFAULT_SORT: Final = Sort()


def list_query(
    request: Request, context: LinkContext, *, bound_to: frozenset[str] | None = None
) -> ListQuery:
    """Return what a request asks for, by a key that is *bound_to* domains.

    Raises:
        DomainNotAllowed: It names another domain.
        WrongParameters: A parameter is unknown, or has a value that it does not take.
        InvalidRange: A range is empty.
    """
    values = _Values(values_of(request, LIST))
    key, is_descending = SORTS.get(
        values.one("sort") or "", (_DEFAULT_SORT.key, _DEFAULT_SORT.is_descending)
    )
    return ListQuery(
        wanted=seen_links(
            _filter(values, context), bound_to=bound_to, owner=owner_in(request.scope)
        ),
        sort=Sort(key=key, is_descending=is_descending),
        cursor=values.one("cursor"),
        limit=_limit(values),
        has_total=values.one("include") is not None,
    )


def wanted_links(
    values: Mapping[str, Sequence[str]], context: FilterContext
) -> LinkFilter:
    """Return which links the *values* of `FILTERS` choose; all are checked by name.

    Raises:
        WrongParameters: One cannot be.
        InvalidRange: A range is empty.
    """
    return _filter(_Values(values), context)


def seen_links(
    wanted: LinkFilter, *, bound_to: frozenset[str] | None, owner: str | None
) -> LinkFilter:
    """Return those of *wanted* that a key sees: *bound_to* domains, or an *owner*'s.

    Raises:
        DomainNotAllowed: Links of another domain are wanted.
    """
    return _visible(_within(wanted, bound_to), owner)


def _visible(wanted: LinkFilter, owner: str | None) -> LinkFilter:
    """Return the filter for those of *wanted* that *owner* made; None: all."""
    if owner is None:
        return wanted
    is_other = wanted.created_by not in {None, owner}
    return replace(wanted, created_by=_NO_MAKER if is_other else owner)


class _Values:
    """The values of the parameters of one request."""

    def __init__(self, values: Mapping[str, Sequence[str]]) -> None:
        self._values = values

    def one(self, name: str) -> str | None:
        """Return the value of a parameter; None: it is not there."""
        values = self._values.get(name)
        return values[0] if values else None

    def all(self, name: str) -> Sequence[str]:
        """Return the values of a parameter that can be repeated."""
        return self._values.get(name, ())

    def number(self, name: str, *, digits: int = _MAX_DIGITS) -> int | None:
        """Return the value of a parameter that is a number of so many *digits*."""
        text = self.one(name)
        if text is None:
            return None
        # The digits of ASCII only, and bounded, because int() takes many more.
        if not (text.isascii() and text.isdecimal() and len(text) <= digits):
            raise _wrong(name, "This is a number, such as 100.")
        return int(text)

    def moment(self, name: str, now: datetime) -> datetime | None:
        """Return the value of a parameter that is a moment."""
        text = self.one(name)
        if text is None:
            return None
        try:
            return parse_moment(text, now=now)
        except ValueError as error:
            raise _wrong(name, f"{error}."[:1].upper() + f"{error}."[1:]) from None


def _filter(values: _Values, context: FilterContext) -> LinkFilter:
    now, (has, lacks) = context.clock.now(), _features(values)
    return LinkFilter(
        words=_words(values),
        states=_states(values),
        tags=_tags(values, "tag"),
        has_all_tags=values.one("tag_mode") == "all",
        without_tags=_tags(values, "not_tag"),
        archived=_ARCHIVED[values.one("archived")],
        lacks_any_tag=values.one("not_tag_mode") == "all",
        has=has,
        lacks=lacks,
        host=_host(values, context),
        target=_target(values, context),
        name=_key(values, context),
        domains=_domains(values, context),
        external_id=_external_id(values),
        created_by=values.one("created_by"),
        created=_moments(values, "created", now),
        updated=_moments(values, "updated", now),
        valid_until=_moments(values, "valid_until", now),
        clicks=_numbers(values, "clicks"),
    )


def _within(wanted: LinkFilter, bound_to: frozenset[str] | None) -> LinkFilter:
    """Return *wanted* without links of other domains than those *bound_to*."""
    if bound_to is None:
        return wanted
    if wanted.domains is None:
        return replace(wanted, domains=bound_to)
    if not wanted.domains <= bound_to:
        raise DomainNotAllowed
    return wanted


def _limit(values: _Values) -> int:
    limit = values.number("limit", digits=4)
    if limit is not None and not 1 <= limit <= MAX_LIMIT:
        raise _wrong("limit", f"This is a number from 1 to {MAX_LIMIT}.")
    return DEFAULT_LIMIT if limit is None else limit


def _words(values: _Values) -> tuple[str, ...]:
    text = values.one("q")
    if text is None:
        return ()
    words = tuple(dict.fromkeys(words_in(text)))
    if not words:
        raise _wrong("q", "This needs a letter or a digit.")
    if len(words) > _MAX_WORDS:
        raise _wrong("q", f"These are more than {_MAX_WORDS} words.")
    return words


def _tags(values: _Values, name: str) -> frozenset[str]:
    """Return the tags that a parameter names, folded.

    What no tag can be is refused: PostgreSQL takes no text with a zero in it.
    """
    try:
        return frozenset(folded(tag_name(text)) for text in values.all(name))
    except ValueError as error:
        raise _wrong(name, str(error)) from None


def _states(values: _Values) -> frozenset[LinkState]:
    named = frozenset(map(LinkState, values.all("state"))) or LISTED_STATES
    return named - frozenset(map(LinkState, values.all("not_state")))


def _features(values: _Values) -> tuple[frozenset[Feature], frozenset[Feature]]:
    """Return what links have one of, and what they lack."""
    has = frozenset(map(Feature, values.all("has")))
    lacks = frozenset(map(Feature, values.all("not_has")))
    if has and has <= lacks:
        raise _wrong("not_has", "No link has and lacks the same.")
    return has, lacks


def _host(values: _Values, context: FilterContext) -> str | None:
    text = values.one("host")
    if text is None:
        return None
    try:
        host = context.hosts.to_ascii(text.strip("."))
    except ValueError:
        host = ""
    if not host or not host.isprintable():
        raise _wrong("host", "This is no host, such as example.com.")
    return host


def _target(values: _Values, context: FilterContext) -> str | None:
    text = values.one("url")
    if text is None:
        return None
    try:
        return canonical(context.target(text))
    except InvalidTarget as error:
        raise _wrong("url", str(error)) from None


def _key(values: _Values, context: FilterContext) -> str | None:
    text = values.one("code")
    if text is None:
        return None
    code = parse_code(text) if text else None
    if code is None:
        raise _wrong("code", "No code looks like this.")
    domains = _domains(values, context) or {DEFAULT_DOMAIN}
    if len(domains) > 1:
        raise _wrong("code", "Of which domain? Name one of them.")
    return context.domains.table.key(code, *domains)


def _domains(values: _Values, context: FilterContext) -> frozenset[str] | None:
    """Return the domains that are named; None: all are meant."""
    hosts = values.all("domain")
    found = [context.domains.table.named(host) if host else None for host in hosts]
    if None in found:
        raise _wrong("domain", "There is no such domain here.")
    return frozenset(one.host for one in found if one is not None) if hosts else None


def _external_id(values: _Values) -> str | None:
    text = values.one("external_id")
    if text is not None and not is_external_id(text):
        raise _wrong("external_id", f"{RULE[:1].upper()}{RULE[1:]}.")
    return text


def _moments(values: _Values, name: str, now: datetime) -> Moments:
    start = values.moment(f"{name}_from", now)
    end = values.moment(f"{name}_to", now)
    if start is not None and end is not None and start >= end:
        raise InvalidRange(f"{name}_from must lie before {name}_to.")
    return Moments(start=start, end=end)


def _numbers(values: _Values, name: str) -> Numbers:
    least, most = values.number(f"{name}_min"), values.number(f"{name}_max")
    if least is not None and most is not None and least > most:
        raise InvalidRange(f"{name}_min must not be above {name}_max.")
    return Numbers(least=least, most=most)


def _wrong(name: str, message: str) -> WrongParameters:
    return WrongParameters(INVALID_REQUEST, [WrongField(field=name, message=message)])
