"""Exports of the database and the store of clicks, with or without a server."""

import sys
from collections.abc import AsyncGenerator, Callable, Iterator, Sequence
from contextlib import aclosing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, Final
from urllib.parse import urlsplit

from waypost.adapters.files.whole_file import whole_file
from waypost.adapters.local import SystemClock
from waypost.adapters.sql.storage import SqlStorage
from waypost.adapters.zones import TzdataZones
from waypost.config import Settings, SettingsError
from waypost.domain.errors import DomainError, Unusable
from waypost.domain.reports.periods import ALL, Period, named_period, period_between
from waypost.ports.analytics.reports import ReportStore
from waypost.ports.batch.tables import TableForm
from waypost.ports.links import LinkReader
from waypost.services.exports.choosing import chosen
from waypost.services.exports.clicks import CLICK_FIELDS, ClickSource, click_table
from waypost.services.exports.links import (
    LINK_FIELDS,
    ChosenLinks,
    LinkSource,
    link_table,
)
from waypost.services.exports.writing import written
from waypost.services.reports.asking import Subject
from waypost.services.reports.first_click import period_of_all
from waypost.services.reports.link_names import link_ids
from waypost.wiring.analytics.store import clicks_file, open_click_store
from waypost.wiring.drivers import PARQUET as PARQUET_DRIVER
from waypost.wiring.exports import open_forms
from waypost.wiring.offline.storage import open_storage
from waypost.wiring.topology import topology_of

_LINKS: Final = 4_000
"""How many links are read at a time."""
STANDARD_OUTPUT: Final = Path("-")


@dataclass(frozen=True, slots=True, kw_only=True)
class Destination:
    """Where an export goes."""

    form: str
    path: Path
    """A file, which is replaced once the export is complete; or `-`."""
    columns: str | None
    """Names with commas; None: all."""
    progress: Callable[[int], None]
    """Gets how many rows are written."""


@dataclass(frozen=True, slots=True, kw_only=True)
class WantedClicks:
    """Which clicks are exported, in the words of the command."""

    period: str = ALL
    start: str | None = None
    end: str | None = None
    zone: str = "UTC"
    links: Sequence[str] = ()


async def export_clicks(
    settings: Settings, wanted: WantedClicks, to: Destination
) -> None:
    """Write all clicks that are *wanted*.

    Raises:
        WrongColumnsError: There are no such columns.
        Unusable: There is no store of clicks, or a name in *wanted* is wrong.
        As `open_storage`, and OSError: The file cannot be written.
    """
    fields = chosen(CLICK_FIELDS, to.columns)
    require_clicks(settings)
    async with open_storage(settings) as storage, open_click_store(settings) as store:
        domain = urlsplit(settings.base_url).netloc
        try:
            subject = await _subject(wanted, store, storage.links, domain)
        except DomainError as error:
            raise Unusable(str(error)) from error
        source = ClickSource(store=store, links=storage.links, default_domain=domain)
        table = click_table(subject, source=source, fields=fields, progress=to.progress)
        form = _form(to.form)
        await _write(written(table, fields=fields, form=form), to.path)


@dataclass(frozen=True, slots=True, kw_only=True)
class WantedLinks:
    """Which links are exported, in the words of the command."""

    after: int | None = None
    """Those behind the link with this id."""
    filters: Sequence[tuple[str, str]] = ()
    """Parameters of the export, as a server takes them."""


async def export_links(
    settings: Settings, wanted: WantedLinks, to: Destination
) -> None:
    """Write the links that are *wanted*: without a filter, all that are not deleted.

    Raises:
        WrongColumnsError: There are no such columns.
        Unusable: A filter is wrong; the text says which.
        As `open_storage`, and OSError: The file cannot be written.
    """
    form, fields = _form(to.form), chosen(LINK_FIELDS, to.columns)
    async with open_storage(settings) as storage:
        source = LinkSource(
            links=storage.links,
            base_url=settings.base_url,
            batch=_LINKS,
            chosen=await _chosen(settings, wanted, storage),
        )
        table = link_table(
            wanted.after, source=source, fields=fields, progress=to.progress
        )
        await _write(written(table, fields=fields, form=form), to.path)


async def _chosen(
    settings: Settings, wanted: WantedLinks, storage: SqlStorage
) -> ChosenLinks | None:
    if not wanted.filters:
        return None
    # Imported for it alone, because it imports the API.
    from waypost.wiring.offline.filters import chosen_links

    return await chosen_links(
        settings, wanted.filters, after=wanted.after, storage=storage
    )


def require_clicks(settings: Settings) -> None:
    """Refuse settings without a store of clicks.

    Raises:
        Unusable: The text says why there is none.
    """
    topology = topology_of(settings)
    if not topology.has_reports:
        raise Unusable("Clicks are only counted here, and not stored: REPORTS is off.")
    if topology.has_clickhouse or topology.is_shared:
        return
    if not (path := clicks_file(settings)).exists():
        raise Unusable(
            f"There are no clicks in {path.parent} yet. Start the server once with "
            "`waypost serve`, or name its folder with --data-dir."
        )


async def _subject(
    wanted: WantedClicks, store: ReportStore, links: LinkReader, domain: str
) -> Subject:
    ids = None
    if wanted.links:
        ids = await link_ids(wanted.links, links=links, default_domain=domain)
    return Subject(period=await _period(wanted, ids, store), links=ids)


async def _period(
    wanted: WantedClicks, links: frozenset[int] | None, store: ReportStore
) -> Period:
    now, zone = SystemClock().now(), TzdataZones().zone(wanted.zone)
    if wanted.start is not None:
        return period_between(wanted.start, wanted.end, now=now, zone=zone)
    if wanted.period == ALL:
        return await period_of_all(links, now=now, zone=zone, store=store)
    return named_period(wanted.period, now=now, zone=zone)


def _form(name: str) -> TableForm:
    form = open_forms().get(name)
    if form is None:
        raise SettingsError(PARQUET_DRIVER.advice)
    return form


async def _write(pieces: AsyncGenerator[bytes], path: Path) -> None:
    async with aclosing(pieces):
        with opened(path) as file:
            async for piece in pieces:
                file.write(piece)


@contextmanager
def opened(path: Path) -> Iterator[BinaryIO]:
    """Open what an export is written to: a file once it is complete, or `-`.

    Raises:
        OSError: The disk refuses; the file at *path* is what it was.
    """
    if path == STANDARD_OUTPUT:
        yield sys.stdout.buffer
        sys.stdout.buffer.flush()
        return
    with whole_file(path) as file:
        yield file
