"""The parameters of reports: their names, meanings and documentation."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from waypost.api.documents.openapi import Document
from waypost.domain.analytics.dimensions import DIMENSIONS, Dimension
from waypost.domain.analytics.questions import Order
from waypost.domain.reports.intervals import Interval, WeekStart
from waypost.domain.reports.periods import DEFAULT_PERIOD, PERIOD_RULE
from waypost.services.reports.asking import LINK
from waypost.services.reports.derived import DERIVED, Derived

NOT: Final = "not_"
"""Before the name of a dimension: clicks that have none of the values."""
PERSON: Final = "person"
MACHINE: Final = "machine"
MAX_LIMIT: Final = 1_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Parameter:
    """One parameter of a query."""

    name: str
    description: str
    example: str
    values: Sequence[str] = ()
    """The only ones that it takes; empty: any."""
    is_repeatable: bool = False

    def document(self) -> Document:
        """Return it as OpenAPI describes it."""
        schema: Document = {"type": "string", "examples": [self.example]}
        if self.values:
            schema["enum"] = list(self.values)
        if self.is_repeatable:
            schema = {"type": "array", "items": schema, "examples": [[self.example]]}
        return {
            "name": self.name,
            "in": "query",
            "required": False,
            "description": self.description,
            "schema": schema,
        }


def documented(parameters: Iterable[Parameter], *headers: Document) -> Document:
    """Return FastAPI's `openapi_extra` of a route that takes *parameters*.

    Besides these it takes *headers*, which are described already.
    """
    described = [parameter.document() for parameter in parameters]
    return {"parameters": [*described, *headers]}


_EXAMPLES: Final[Mapping[str, str]] = {
    Dimension.COUNTRY: "CH",
    Dimension.REGION: "CH-ZH",
    Dimension.CITY: "Zürich",
    Dimension.DEVICE: "phone",
    Dimension.OS: "ios",
    Dimension.BROWSER: "safari",
    Dimension.LANGUAGE: "de",
    Dimension.REFERRER: "news.example.com",
    Dimension.CHANNEL: "social",
    Dimension.UTM_SOURCE: "newsletter",
    Dimension.UTM_MEDIUM: "email",
    Dimension.UTM_CAMPAIGN: "spring",
    Dimension.UTM_TERM: "shoes",
    Dimension.UTM_CONTENT: "button",
    Dimension.SOURCE: "qr",
    Dimension.MACHINE: "preview",
    Dimension.AGENT: "curl/8.5.0",
    Dimension.RULE: "Swiss phones",
    Dimension.VARIANT: "b",
    Derived.CONTINENT: "EU",
}

_LINK: Final = Parameter(
    name="link",
    description="Only clicks of this link: its code, its domain and code, or `id:1001`."
    " Repeat it for several links.",
    example="spring26",
    is_repeatable=True,
)
DOMAIN: Final = Parameter(
    name="domain",
    description="Only links of this domain, by its host. Repeat it for several.",
    example="go.acme.com",
    is_repeatable=True,
)
_TAG: Final = Parameter(
    name="tag",
    description="Only links that have this tag now. Repeat it for several.",
    example="spring",
    is_repeatable=True,
)
_TZ: Final = Parameter(
    name="tz",
    description="The time zone of days, by its IANA name. Without it: UTC.",
    example="Europe/Zurich",
)
_PERIOD: Final = (
    Parameter(
        name="period",
        description=f"Which days: {PERIOD_RULE}. Without it: {DEFAULT_PERIOD}.",
        example="7d",
    ),
    Parameter(
        name="from",
        description="Instead of `period`: the first moment. `2026-03-01T09:30:00Z`, a "
        "date, which is the start of that day in `tz`, or from now: `-7d`.",
        example="2026-03-01",
    ),
    Parameter(
        name="to",
        description="The moment after the last one, as `from`. Without it: now.",
        example="2026-04-01",
    ),
    _TZ,
)
_VISITOR: Final = Parameter(
    name="visitor",
    description="Only clicks of people, or only those of programs.",
    example=PERSON,
    values=(PERSON, MACHINE),
)


def _filters() -> Iterable[Parameter]:
    for dimension in (*DIMENSIONS, Derived.CONTINENT):
        yield Parameter(
            name=dimension,
            description=f"Only clicks with this {dimension}. Repeat it for several "
            "values; an empty one stands for unknown.",
            example=_EXAMPLES[dimension],
            is_repeatable=True,
        )
        yield Parameter(
            name=NOT + dimension,
            description=f"Only clicks without this {dimension}. Unknown is kept, "
            "unless an empty value excludes it.",
            example=_EXAMPLES[dimension],
            is_repeatable=True,
        )


SUBJECT: Final = (_LINK, DOMAIN, _TAG, *_PERIOD, _VISITOR, *_filters())
"""What all reports take: which clicks they are about."""
LIVE: Final = (_LINK, DOMAIN, _TAG, _TZ, _VISITOR, *_filters())
"""What live reports take: their period is today."""
COMPARE: Final = Parameter(
    name="compare",
    description="`previous`: with the period before, which has as many days.",
    example="previous",
    values=("previous",),
)
INTERVAL: Final = (
    Parameter(
        name="interval",
        description="Without it: one that fits the length of the period.",
        example=Interval.DAY,
        values=tuple(Interval),
    ),
    Parameter(
        name="week_start",
        description="Without it: monday.",
        example=WeekStart.SUNDAY,
        values=tuple(WeekStart),
    ),
)
BY: Final = Parameter(
    name="by",
    description="The dimension, or `link`. `continent` and `hour_of_week` (`1-09` is "
    "Monday at nine, in `tz`) are sums; a visitor counts in each hour of the week.",
    example=Dimension.COUNTRY,
    values=(*DIMENSIONS, *DERIVED, LINK),
)
LINES: Final = Parameter(
    name="by",
    description="The dimension whose ten largest values get a series each, or `link`.",
    example=Dimension.COUNTRY,
    values=(*DIMENSIONS, Derived.CONTINENT, LINK),
)
LISTING: Final = (
    Parameter(
        name="limit",
        description="How many values are listed: 1 to 1,000. Without it: 10.",
        example="20",
    ),
    Parameter(
        name="sort",
        description="The most people (`-people`, the default), clicks or visitors "
        "first, or by value.",
        example=Order.VISITORS,
        values=tuple(Order),
    ),
)
PAGE: Final = (
    Parameter(
        name="limit",
        description="How many clicks are listed: 1 to 1,000. Without it: 100.",
        example="500",
    ),
    Parameter(
        name="cursor",
        description="The `next_cursor` of the answer before: the clicks behind it.",
        example="AQAAAAAAAAGVQw",
    ),
)
FORMAT: Final = Parameter(
    name="format",
    description="`csv` (the default) has a line with the names of the columns; "
    "`jsonl` has an object a line; `parquet` is for programs such as DuckDB.",
    example="jsonl",
    values=("csv", "jsonl", "parquet"),
)
COLUMNS: Final = Parameter(
    name="columns",
    description="Only these columns, in this order, with commas. Without it: all.",
    example="id,at,code,country",
)
AFTER: Final = Parameter(
    name="after",
    description="The `id` of the last link that you have, to go on behind it.",
    example="1001",
)
