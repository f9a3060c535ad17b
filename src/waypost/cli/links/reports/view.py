"""Reports as a person reads them in a terminal."""

from collections.abc import Iterator
from datetime import date, timedelta

from waypost.cli.links.reports.answers import (
    BreakdownAnswer,
    ClickAnswer,
    Counted,
    SeriesAnswer,
    TotalsAnswer,
)
from waypost.cli.links.reports.charts import bar, columns
from waypost.cli.output import cut, padded, plural

_MOMENT = len("2026-03-01T09:30")
_DAY = len("2026-03-01")
_MIDNIGHT = "T00:00"


def totals_lines(totals: TotalsAnswer) -> Iterator[str]:
    """Yield the period and its numbers, with those of the period before."""
    yield f"{_days_or_moments(totals.start, totals.end)}, {totals.tz}"
    before = totals.previous
    rows = (
        ("people", totals.clicks.people, before and before.clicks.people),
        ("machines", totals.clicks.machines, before and before.clicks.machines),
        ("visitors", totals.visitors, before and before.visitors),
    )
    for name, number, earlier in rows:
        shown = "unknown" if number is None else f"{number:,}"
        change = "" if earlier is None else f"  ({earlier:,} in the period before)"
        yield f"{name:<9}  {shown}{change}"


def series_lines(series: SeriesAnswer) -> Iterator[str]:
    """Yield the chart of the people's clicks by interval."""
    yield f"clicks of people by {series.interval}"
    values = [point.clicks.people for point in series.data]
    is_short = series.interval in {"minute", "hour"}
    labels = [
        point.at[:_MOMENT].replace("T", " ") if is_short else point.at[:_DAY]
        for point in series.data
    ]
    yield from columns(values, labels)


def breakdown_lines(breakdown: BreakdownAnswer) -> Iterator[str]:
    """Yield a bar for each value, and one for all others."""
    before = breakdown.previous.data if breakdown.previous else []
    earlier = {row.value: f"{row.clicks.people:>9,}" for row in before}
    heading = f"{'PEOPLE':>9}   SHARE" + (f"{'BEFORE':>9}" if before else "")
    yield bar(breakdown.by.replace("_", " ").upper(), 0.0, heading + f"{'ALL':>9}")
    for row in breakdown.data:
        numbers = _numbers(row, row.share, earlier.get(row.value, ""))
        yield bar(row.label or row.value or "", row.share, numbers)
    other = breakdown.other
    if other is not None:
        room = " " * 9 if before else ""
        numbers = _numbers(other, other.share, room)
        yield bar(plural(other.values, "other"), other.share, numbers)
    if not breakdown.data:
        yield "no clicks"


def dated_click_line(click: ClickAnswer) -> str:
    """Return one click with its day, in a line of at most 80 columns."""
    return cut(f"{click.at[:_DAY]} {click_line(click)}", 80)


def click_line(click: ClickAnswer) -> str:
    """Return one click in a line of at most 80 columns."""
    who = (click.machine,) if click.machine else (click.device, click.os, click.browser)
    place = ", ".join(part for part in (click.city, click.country) if part)
    cells = (
        click.at[_DAY + 1 : _DAY + 9],
        padded(cut(click.link.code or f"id:{click.link.id}", 12), 12),
        padded(cut(place or "-", 14), 14),
        padded(cut(" ".join(part for part in who if part) or "-", 20), 20),
        click.referrer or "-",
    )
    return cut("  ".join(cells), 80)


def _numbers(counted: Counted, share: float, before: str) -> str:
    people, all_ = counted.clicks.people, counted.clicks.all
    return f"{people:>9,}  {share:>6.1%}{before}{all_:>9,}"


def _days_or_moments(start: str, end: str) -> str:
    """Return a period by its first and last day, or else by its bounds."""
    first, last = start[:_MOMENT], end[:_MOMENT]
    if first.endswith(_MIDNIGHT) and last.endswith(_MIDNIGHT):
        day = date.fromisoformat(first[:_DAY])
        until = date.fromisoformat(last[:_DAY]) - timedelta(days=1)
        return f"{day}" if day == until else f"{day} to {until}"
    return f"{first.replace('T', ' ')} until before {last.replace('T', ' ')}"
