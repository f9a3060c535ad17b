"""The parameters of lists of audit entries."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from fastapi import Request

from waypost.api.faults.parameters import WrongParameters
from waypost.api.listing.parameters import PAGING, cursor_in, page_limit
from waypost.api.reports.parameters import Parameter
from waypost.api.reports.queries import values_of
from waypost.domain.audit.entries import Action, AuditFilter
from waypost.domain.errors import InvalidRange
from waypost.domain.moments import parse_moment
from waypost.http.problems import WrongField
from waypost.http.statuses import INVALID_REQUEST

_LONGEST: Final = 128
HISTORY: Final = PAGING
LIST: Final = (
    Parameter(
        name="actor",
        description="Only what this actor did: the id of a key, or `admin_token`, "
        "`operator` (a command at the server's machine), `anonymous`, `server`. "
        "Repeat it for several.",
        example="0195f2a0-7c1e-7b3a-9d52-5d1f0c8e2b11",
        is_repeatable=True,
    ),
    Parameter(
        name="action",
        description="Only this action. Repeat it for several.",
        example=Action.LINK_UPDATED,
        values=tuple(Action),
        is_repeatable=True,
    ),
    Parameter(
        name="resource",
        description="Only changes of this resource, as `link:1001` or `key:` with its "
        "id.",
        example="link:1001",
    ),
    Parameter(
        name="from",
        description="Only changes from this moment on, as `2026-03-01T09:30:00Z`, or "
        "from now: `-7d`.",
        example="-7d",
    ),
    Parameter(name="to", description="Only changes before this moment.", example="-1d"),
    *PAGING,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class AuditQuery:
    """A page of a list, as a client asks for it."""

    wanted: AuditFilter
    cursor: str | None
    limit: int


def audit_query(request: Request, *, now: datetime) -> AuditQuery:
    """Return what a request for the whole trail asks for.

    Raises:
        WrongParameters: A parameter is unknown, or has a value that it does not take.
        InvalidRange: `from` is not before `to`.
    """
    values = values_of(request, LIST)
    start, end = _moment(values, "from", now), _moment(values, "to", now)
    if start is not None and end is not None and start >= end:
        raise InvalidRange("from must lie before to.")
    wanted = AuditFilter(
        actors=frozenset(_texts(values, "actor")),
        actions=frozenset(values.get("action", ())),
        resource=next(iter(_texts(values, "resource")), None),
        start=start,
        end=end,
    )
    return _query(wanted, values)


def history_query(request: Request, *, resource: str) -> AuditQuery:
    """Return what a request for the history of *resource* asks for.

    Raises:
        WrongParameters: A parameter is unknown, or has a value that it does not take.
    """
    values = values_of(request, HISTORY)
    return _query(AuditFilter(resource=resource), values)


def _query(wanted: AuditFilter, values: Mapping[str, Sequence[str]]) -> AuditQuery:
    return AuditQuery(
        wanted=wanted,
        cursor=cursor_in(values),
        limit=page_limit(values),
    )


def _texts(values: Mapping[str, Sequence[str]], name: str) -> Sequence[str]:
    """Return the values of a parameter; no store is asked for what none can hold."""
    texts = values.get(name, ())
    if not all(text.isprintable() and 0 < len(text) <= _LONGEST for text in texts):
        raise _wrong(name, f"This has 1 to {_LONGEST} visible characters.")
    return texts


def _moment(
    values: Mapping[str, Sequence[str]], name: str, now: datetime
) -> datetime | None:
    if name not in values:
        return None
    try:
        return parse_moment(values[name][0], now=now)
    except ValueError as error:
        text = f"{error}."
        raise _wrong(name, text[:1].upper() + text[1:]) from None


def _wrong(name: str, message: str) -> WrongParameters:
    return WrongParameters(INVALID_REQUEST, [WrongField(field=name, message=message)])
