"""The parameters of lists of unknown codes."""

from collections.abc import Sequence
from typing import Final
from zoneinfo import ZoneInfo

from fastapi import Request

from waypost.api.access.guard import bound_in
from waypost.api.context import ApiContext, context_of
from waypost.api.faults.parameters import WrongParameters
from waypost.api.reports.parameters import DOMAIN, Parameter
from waypost.api.reports.queries import domains_in, values_of
from waypost.domain.analytics.enriched import DAY_MS, day_of
from waypost.domain.analytics.orphans import OrphanKind, OrphanOrder, OrphanQuery
from waypost.domain.errors import FeatureOff
from waypost.domain.reports.periods import period_between
from waypost.http.problems import WrongField
from waypost.http.statuses import INVALID_REQUEST
from waypost.ports.analytics.orphans import OrphanStore
from waypost.services.analytics.unknown_codes import MOST

DEFAULT_LIMIT: Final = 50
_EARLIEST: Final = "1971-01-01"

_KIND: Final = Parameter(
    name="kind",
    description="Only this kind. Repeat it for several.",
    example=OrphanKind.UNKNOWN_CODE,
    values=tuple(OrphanKind),
    is_repeatable=True,
)
LIST: Final = (
    DOMAIN,
    _KIND,
    Parameter(
        name="q",
        description="What the code or path contains; capital letters make no "
        "difference.",
        example="spr",
    ),
    Parameter(
        name="from",
        description="Only visits from this day on, in UTC: a date, the day of a moment "
        "such as `2026-03-01T09:30:00Z`, or from now: `-7d`.",
        example="-7d",
    ),
    Parameter(
        name="to",
        description="Only visits before this date; or up to the day of this moment.",
        example="2026-04-01",
    ),
    Parameter(
        name="sort",
        description="The most visits first (`-clicks`, the default), or the latest.",
        example=OrphanOrder.LAST_AT,
        values=tuple(OrphanOrder),
    ),
    Parameter(
        name="limit",
        description=f"How many rows are listed: 1 to {MOST}. Without it: "
        f"{DEFAULT_LIMIT}.",
        example="20",
    ),
    Parameter(
        name="cursor",
        description="The `next_cursor` of the answer before: the rows behind it.",
        example="WzEyMyw5LCJ1bmtub3duX2NvZGUiLCJzcHJuaWcyNiJd",
    ),
)
DELETE: Final = (
    _KIND,
    Parameter(
        name="to",
        description="Only visits before this date, or before the day of this moment, "
        "in UTC. Without it: all.",
        example="2026-01-01",
    ),
)


class UnknownCodesQuery:
    """The parameters of one request, all of them known."""

    def __init__(self, request: Request, known: Sequence[Parameter]) -> None:
        """Check the names of all parameters, and the values of those with a choice.

        Raises:
            FeatureOff: This server makes no reports.
            WrongParameters: One is unknown, or has a value that it does not take.
        """
        self.context: ApiContext = context_of(request)
        if self.context.orphans is None:
            raise FeatureOff(
                "There are no reports here: they need REPORTS=true and a database that "
                "lasts."
            )
        self.store: OrphanStore = self.context.orphans
        self._values = values_of(request, known)
        self._bound = bound_in(request)

    def one(self, name: str) -> str | None:
        """Return the value of a parameter; None: it is not there."""
        values = self._values.get(name)
        return values[0] if values else None

    @property
    def kinds(self) -> Sequence[OrphanKind]:
        """The kinds that are asked for."""
        given = self._values.get("kind")
        return [kind for kind in OrphanKind if given is None or kind in given]

    @property
    def order(self) -> OrphanOrder:
        """What comes first."""
        by_latest = self.one("sort") == OrphanOrder.LAST_AT
        return OrphanOrder.LAST_AT if by_latest else OrphanOrder.CLICKS

    def query(self) -> OrphanQuery:
        """Return which visits are asked for.

        Raises:
            InvalidRange: The period is none.
            WrongParameters: The text cannot be part of a code, or there is no domain
                of a name.
            DomainNotAllowed: A domain is not for this key.
        """
        text = self.one("q") or ""
        if not text.isprintable():
            raise _wrong("q", "A text has no control characters.")
        table = self.context.links.domains.table
        domains = domains_in(self._values.get(DOMAIN.name, ()), self._bound, table)
        start, end = self.one("from"), self.one("to")
        if start is None and end is None:
            return OrphanQuery(kinds=self.kinds, text=text, domains=domains)
        first_ms, end_ms = self._bounds(start, end)
        return OrphanQuery(
            kinds=self.kinds,
            text=text,
            domains=domains,
            first_day=day_of(first_ms),
            end_day=None if end is None else -(-end_ms // DAY_MS),
        )

    def before_day(self) -> int | None:
        """Return the first day that is not deleted; None: all days are.

        Raises:
            InvalidRange: It is no moment.
        """
        end = self.one("to")
        return None if end is None else day_of(self._bounds(None, end)[1])

    def limit(self) -> int:
        """Return how many rows are listed at most.

        Raises:
            WrongParameters: It is not a number in range.
        """
        text = self.one("limit")
        if text is None:
            return DEFAULT_LIMIT
        # The digits of ASCII only, and bounded, because int() takes many more.
        is_number = text.isascii() and text.isdecimal() and len(text) <= len(str(MOST))
        if not is_number or not 1 <= int(text) <= MOST:
            raise _wrong("limit", f"This is a number from 1 to {MOST}.")
        return int(text)

    def _bounds(self, start: str | None, end: str | None) -> tuple[int, int]:
        now = self.context.links.clock.now()
        period = period_between(start or _EARLIEST, end, now=now, zone=ZoneInfo("UTC"))
        return period.start_ms, period.end_ms


def _wrong(name: str, message: str) -> WrongParameters:
    return WrongParameters(INVALID_REQUEST, [WrongField(field=name, message=message)])
