"""Reports as the HTTP API answers them."""

import msgspec


class ClickNumbers(msgspec.Struct, frozen=True):
    """How many clicks."""

    all: int
    people: int
    machines: int


class Counted(msgspec.Struct, frozen=True, kw_only=True):
    """Clicks, and by how many people."""

    clicks: ClickNumbers
    visitors: int | None


class TotalsBefore(Counted, frozen=True, kw_only=True):
    """The numbers of the period before."""


class TotalsAnswer(Counted, frozen=True, kw_only=True):
    """The numbers of a period."""

    start: str = msgspec.field(name="from")
    end: str = msgspec.field(name="to")
    tz: str
    previous: TotalsBefore | None


class PointAnswer(Counted, frozen=True, kw_only=True):
    """The numbers of an interval."""

    at: str


class LineAnswer(msgspec.Struct, frozen=True, kw_only=True):
    """The intervals of one value."""

    label: str | None
    data: list[PointAnswer]


class SeriesAnswer(msgspec.Struct, frozen=True, kw_only=True):
    """The numbers of each interval."""

    interval: str
    data: list[PointAnswer]
    lines: list[LineAnswer] | None


class RowAnswer(Counted, frozen=True, kw_only=True):
    """The numbers of one value."""

    value: str | None
    label: str | None
    share: float


class OtherAnswer(Counted, frozen=True, kw_only=True):
    """What is not listed."""

    values: int
    share: float


class RowsBefore(msgspec.Struct, frozen=True, kw_only=True):
    """The same values in the period before."""

    data: list[RowAnswer]


class BreakdownAnswer(msgspec.Struct, frozen=True, kw_only=True):
    """The numbers of each value."""

    by: str
    data: list[RowAnswer]
    other: OtherAnswer | None
    previous: RowsBefore | None


class LinkOfClick(msgspec.Struct, frozen=True, kw_only=True):
    """The link that was followed."""

    id: int
    code: str | None


class ClickAnswer(msgspec.Struct, frozen=True, kw_only=True):
    """One click."""

    at: str
    link: LinkOfClick
    country: str | None
    city: str | None
    device: str | None
    os: str | None
    browser: str | None
    referrer: str | None
    machine: str | None


class UnknownCodeAnswer(msgspec.Struct, frozen=True, kw_only=True):
    """The visits of one code or path that belongs to no link."""

    domain: str
    code: str | None
    kind: str
    clicks: ClickNumbers
    first_at: str
    last_at: str
    nearest: str | None


class UnknownCodesAnswer(msgspec.Struct, frozen=True, kw_only=True):
    """A page of unknown codes."""

    data: list[UnknownCodeAnswer]
    others: ClickNumbers | None
    next_cursor: str | None
