"""The keys of `when`: how each is written, and the condition that it means."""

from collections.abc import Callable, Iterable, Mapping
from datetime import datetime
from operator import attrgetter
from typing import Final, NamedTuple, TypeAlias

from waypost.domain.agents.families import BROWSER_PREFIXES, BROWSERS, SYSTEMS
from waypost.domain.moments import parse_moment
from waypost.domain.reports.country_names import COUNTRY_NAMES
from waypost.domain.spelling import nearest
from waypost.domain.targeting.addresses import ADDRESS_RULE, Range, range_of
from waypost.domain.targeting.bounds import MAX_TEXT, MAX_VALUES
from waypost.domain.targeting.conditions import (
    All,
    AnyOf,
    Asks,
    ComesFrom,
    Condition,
    Not,
    NotBefore,
    OneOf,
    Speaks,
)
from waypost.domain.targeting.hours import Hours, read_hours
from waypost.domain.targeting.languages import is_language
from waypost.domain.targeting.problems import Problems
from waypost.domain.wrong.codes import FieldCode
from waypost.domain.wrong.values import Place


class Read(NamedTuple):
    """A value in its normal form, and what it means."""

    normal: object
    condition: Condition


Reader: TypeAlias = Callable[[object, Place, Problems, datetime], Read | None]
"""Reads the value of a key at a place, at a moment; None: it is noted as wrong."""

_DEVICES: Final[Mapping[str, frozenset[str]]] = {
    **{one: frozenset({one}) for one in ("phone", "tablet", "desktop", "tv", "other")},
    "mobile": frozenset({"phone", "tablet"}),
}
_SYSTEMS: Final = frozenset({*SYSTEMS.values(), "other"})
_BROWSERS: Final = frozenset({*BROWSERS.values(), *BROWSER_PREFIXES.values()})


def texts(value: object, at: Place, problems: Problems) -> list[str] | None:
    """Return *value* as a list of texts; a text by itself is a list, too."""
    values = [value] if isinstance(value, str) else value
    if not isinstance(values, list) or not values:
        problems.add(
            at, FieldCode.WRONG_TYPE, "This is a list of texts with one at least."
        )
        return None
    if len(values) > MAX_VALUES:
        problems.add(
            at, FieldCode.TOO_MANY, f"A condition has at most {MAX_VALUES} values."
        )
        return None
    found: list[str] = []
    for place, one in enumerate(values):
        if isinstance(one, str) and len(one) <= MAX_TEXT:
            found.append(one)
        else:
            detail = f"This is a text of up to {MAX_TEXT} characters."
            problems.add((*at, place), FieldCode.WRONG_TYPE, detail)
    return found if len(found) == len(values) else None


def _one_of(
    code: FieldCode,
    source: str,
    known: Mapping[str, frozenset[str]] | frozenset[str],
) -> Reader:
    """Return the reader of a key whose values are words of our own."""
    name = code.removeprefix("unknown-")

    def read(value: object, at: Place, problems: Problems, _: datetime) -> Read | None:
        if (values := texts(value, at, problems)) is None:
            return None
        wrong = [place for place, one in enumerate(values) if one not in known]
        for place in wrong:
            meant = nearest(values[place], known)
            advice = f"Did you mean {meant}?" if meant else _there_are(known)
            problems.add((*at, place), code, f"There is no such {name}. {advice}")
        if wrong:
            return None
        meanings = known if isinstance(known, Mapping) else {}
        wanted = (meanings.get(one, frozenset({one})) for one in values)
        return Read(values, OneOf(attrgetter(source), frozenset().union(*wanted)))

    return read


def _there_are(known: Iterable[str]) -> str:
    return f"There are {', '.join(sorted(known))}."


def _country(value: object, at: Place, problems: Problems, _: datetime) -> Read | None:
    if (values := texts(value, at, problems)) is None:
        return None
    codes = [one.upper() for one in values]
    wrong = [place for place, one in enumerate(codes) if one not in COUNTRY_NAMES]
    for place in wrong:
        detail = (
            f"{values[place][:20]!r} is no country of ISO 3166-1. Use two letters such "
            "as CH."
        )
        problems.add((*at, place), FieldCode.UNKNOWN_COUNTRY, detail)
    if wrong:
        return None
    return Read(codes, OneOf(attrgetter("country"), frozenset(codes)))


def _language(value: object, at: Place, problems: Problems, _: datetime) -> Read | None:
    if (values := texts(value, at, problems)) is None:
        return None
    wrong = [place for place, one in enumerate(values) if not is_language(one)]
    for place in wrong:
        detail = "A language is written as de or pt-BR."
        problems.add((*at, place), FieldCode.INVALID_LANGUAGE, detail)
    if wrong:
        return None
    return Read(values, Speaks(tuple(one.lower() for one in values)))


def _ip(value: object, at: Place, problems: Problems, _: datetime) -> Read | None:
    if (values := texts(value, at, problems)) is None:
        return None
    ranges: list[Range] = []
    for place, one in enumerate(values):
        try:
            ranges.append(range_of(one))
        except ValueError:
            problems.add((*at, place), FieldCode.INVALID_ADDRESS, f"{ADDRESS_RULE}.")
    if len(ranges) < len(values):
        return None
    packed = ((first.packed, last.packed) for first, last in ranges)
    return Read(values, ComesFrom(tuple(packed)))


def _query(value: object, at: Place, problems: Problems, _: datetime) -> Read | None:
    if not isinstance(value, Mapping) or not value:
        detail = 'This is an object of parameters, such as {"ref": "mail"}.'
        problems.add(at, FieldCode.WRONG_TYPE, detail)
        return None
    if len(value) > MAX_VALUES:
        problems.add(
            at, FieldCode.TOO_MANY, f"A condition has at most {MAX_VALUES} values."
        )
        return None
    wanted: list[Asks] = []
    for name, one in value.items():
        if one is True:
            wanted.append(Asks(name, None))
        elif (values := texts(one, (*at, name), problems)) is not None:
            wanted.append(Asks(name, frozenset(values)))
    if len(wanted) < len(value):
        return None
    return Read(value, wanted[0] if len(wanted) == 1 else All(wanted))


def _moment(
    value: object, at: Place, problems: Problems, now: datetime
) -> datetime | None:
    try:
        return parse_moment(value if isinstance(value, str) else "", now=now)
    except ValueError as error:
        problems.add(at, FieldCode.INVALID_MOMENT, f"{str(error).capitalize()}.")
        return None


def _after(value: object, at: Place, problems: Problems, now: datetime) -> Read | None:
    moment = _moment(value, at, problems, now)
    return None if moment is None else Read(written(moment), NotBefore(moment))


def _before(value: object, at: Place, problems: Problems, now: datetime) -> Read | None:
    moment = _moment(value, at, problems, now)
    return None if moment is None else Read(written(moment), Not(NotBefore(moment)))


def written(moment: datetime) -> str:
    """Return *moment* as answers write it."""
    return f"{moment:%Y-%m-%dT%H:%M:%SZ}"


def _hours(value: object, at: Place, problems: Problems, _: datetime) -> Read | None:
    if not isinstance(value, list):
        read = read_hours(value, at, problems)
        return None if read is None else Read(*read)
    if not 1 <= len(value) <= MAX_VALUES:
        problems.add(at, FieldCode.TOO_MANY, f"There are 1 to {MAX_VALUES} of them.")
        return None
    several = [
        read
        for place, one in enumerate(value)
        if (read := read_hours(one, (*at, place), problems)) is not None
    ]
    if len(several) < len(value):
        return None
    hours: list[Hours] = [one for _, one in several]
    return Read([normal for normal, _ in several], AnyOf(hours))


READERS: Final[Mapping[str, Reader]] = {
    "device": _one_of(FieldCode.UNKNOWN_DEVICE, "client.device", _DEVICES),
    "os": _one_of(FieldCode.UNKNOWN_OS, "client.os", _SYSTEMS),
    "browser": _one_of(FieldCode.UNKNOWN_BROWSER, "client.browser", _BROWSERS),
    "language": _language,
    "country": _country,
    "ip": _ip,
    "query": _query,
    "after": _after,
    "before": _before,
    "hours": _hours,
}
"""By key, without those that join conditions."""
