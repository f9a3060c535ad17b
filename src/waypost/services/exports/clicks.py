"""Clicks as a table."""

from collections.abc import AsyncGenerator, Callable, Sequence
from contextlib import aclosing
from dataclasses import dataclass
from typing import Final

from waypost.domain.analytics.dimensions import DIMENSIONS
from waypost.domain.analytics.enriched import EnrichedClick
from waypost.domain.clicks import ClickIdentity
from waypost.ports.analytics.reports import ReportStore
from waypost.ports.batch.tables import Columns, Field, Kind
from waypost.ports.links import LinkReader
from waypost.services.reports.asking import Subject
from waypost.services.reports.clicks import all_clicks
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


@dataclass(frozen=True, slots=True, kw_only=True)
class ClickSource:
    """Where clicks, and the names of their links, are read."""

    store: ReportStore
    links: LinkReader
    default_domain: str
    batch: int
    """How many clicks are read at a time, at most."""


async def click_table(
    subject: Subject,
    *,
    source: ClickSource,
    progress: Callable[[int], None] | None = None,
) -> AsyncGenerator[Columns]:
    """Yield all clicks of *subject*, oldest day first; *progress* gets how many.

    Raises:
        BackendUnavailable: The store does not answer in time.
    """
    known, written = KnownLinks(source.links), 0
    async with aclosing(
        all_clicks(subject, batch=source.batch, store=source.store)
    ) as batches:
        async for clicks in batches:
            await known.load(click.link_id for click in clicks)
            yield _columns(clicks, known, source.default_domain)
            written += len(clicks)
            if progress:
                progress(written)


def _columns(
    clicks: Sequence[EnrichedClick], known: KnownLinks, default_domain: str
) -> Columns:
    links = [known.get(click.link_id) for click in clicks]
    return [
        [str(ClickIdentity(*click[:3])) for click in clicks],
        [click.time_ms for click in clicks],
        [click.link_id for click in clicks],
        [(link.domain or default_domain) if link else None for link in links],
        [link.code if link else None for link in links],
        *zip(*(click.values for click in clicks), strict=True),
    ]
