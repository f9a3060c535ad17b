"""Clicks as a table."""

from collections.abc import AsyncGenerator, Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from waypost.domain.analytics.dimensions import DIMENSIONS, Dimension
from waypost.ports.analytics.reports import ClickColumns, ReportStore
from waypost.ports.batch.columns import Coded, Column, Joined
from waypost.ports.batch.tables import Columns, Field, Kind
from waypost.ports.links import LinkReader
from waypost.services.reports.asking import Subject
from waypost.services.reports.link_names import KnownLinks

CLICK_FIELDS: Final = (
    Field("id", Kind.IDENTITY),
    Field("at", Kind.MOMENT),
    Field("link_id", Kind.INTEGER),
    Field("domain", Kind.CHOICE),
    Field("code", Kind.CHOICE),
    *(Field(dimension.value, Kind.CHOICE) for dimension in DIMENSIONS),
)
"""What an export has of each click."""

_LINKS: Final = 5_000
"""How many links are looked up at a time."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ClickSource:
    """Where clicks, and the names of their links, are read."""

    store: ReportStore
    links: LinkReader
    default_domain: str


async def click_table(
    subject: Subject,
    *,
    source: ClickSource,
    fields: Sequence[Field] = CLICK_FIELDS,
    progress: Callable[[int], None] | None = None,
) -> AsyncGenerator[Columns]:
    """Yield *fields* of all clicks of *subject*, oldest day first.

    *progress* gets how many there were so far.

    Raises:
        BackendUnavailable: The store does not answer in time.
    """
    known, written = KnownLinks(source.links), 0
    names = {field.name for field in fields}
    dimensions = [each for each in DIMENSIONS if each.value in names]
    exported = source.store.export(subject.query(), dimensions)
    try:
        async for clicks in exported:
            columns = _columns(clicks, dimensions)
            if names & {"domain", "code"}:
                columns |= await _link_names(clicks.link_id, known, source)
            yield [columns[field.name] for field in fields]
            written += len(clicks.lane)
            if progress:
                progress(written)
    finally:
        # A reader that goes away must not leave a read of the store open.
        if isinstance(exported, AsyncGenerator):
            await exported.aclose()


def _columns(
    clicks: ClickColumns, dimensions: Sequence[Dimension]
) -> dict[str, Column]:
    return {
        "id": Joined([clicks.journal, clicks.lane, clicks.sequence]),
        "at": clicks.time_ms,
        "link_id": clicks.link_id,
        **dict(zip((each.value for each in dimensions), clicks.values, strict=True)),
    }


async def _link_names(
    ids: Coded[int], known: KnownLinks, source: ClickSource
) -> Mapping[str, Column]:
    """Return the columns of domains and codes. There may be many different links."""
    domains: list[str | None] = []
    codes: list[str | None] = []
    for start in range(0, len(ids.values), _LINKS):
        some = ids.values[start : start + _LINKS]
        await known.load(some)
        for link in map(known.get, some):
            domains.append((link.domain or source.default_domain) if link else None)
            codes.append(link.shown_code if link else None)
    return {"domain": Coded(ids.places, domains), "code": Coded(ids.places, codes)}
