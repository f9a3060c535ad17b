"""Links as a table."""

import json
from collections.abc import AsyncGenerator, Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final, get_type_hints
from urllib.parse import urlsplit

from waypost.domain.links import CountedLink, Link, maker_of
from waypost.domain.listing.entries import microseconds
from waypost.domain.listing.filters import LinkFilter, Place, Sort
from waypost.domain.options import (
    OPTION_NAMES,
    UTM_NAMES,
    LinkOptions,
    Preview,
    RedirectStatus,
)
from waypost.domain.reports.calendar import ms_of
from waypost.ports.batch.columns import Plain, Value
from waypost.ports.batch.tables import Columns, Field, Kind
from waypost.ports.links import LinkLists, LinkReader
from waypost.services.lists.pages import bring_up_to_date

_KINDS: Final[dict[object, Kind]] = {
    bool: Kind.FLAG,
    datetime | None: Kind.MOMENT,
    Preview: Kind.CHOICE,
    RedirectStatus: Kind.INTEGER,
    str | None: Kind.TEXT,
    int | None: Kind.INTEGER,
    tuple[str, ...]: Kind.TEXT,
    tuple[Mapping[str, object], ...]: Kind.TEXT,
}
_HINTS: Final = get_type_hints(LinkOptions)
_PAGE: Final = 500
"""Links of a page of a list."""
_OF_QUARANTINE: Final = ("mode", "reason")


def _fields(option: str) -> Sequence[Field]:
    """Return the columns of an option: of an object, one for each of its fields."""
    if option == "utm":
        return [Field(f"utm_{name}", Kind.TEXT) for name in UTM_NAMES]
    if option == "quarantine":
        return [Field(f"quarantine_{name}", Kind.CHOICE) for name in _OF_QUARANTINE]
    if option == "password":
        return [Field("has_password", Kind.FLAG)]
    return [Field(option, _KINDS[_HINTS[option]])]


LINK_FIELDS: Final = (
    Field("id", Kind.INTEGER),
    Field("domain", Kind.CHOICE),
    Field("code", Kind.TEXT),
    Field("short_url", Kind.TEXT),
    Field("url", Kind.TEXT),
    *(field for name in OPTION_NAMES for field in _fields(name)),
    Field("clicks", Kind.INTEGER),
    Field("version", Kind.INTEGER),
    Field("created_at", Kind.MOMENT),
    Field("updated_at", Kind.MOMENT),
    Field("external_id", Kind.TEXT),
    Field("created_by", Kind.TEXT),
)
"""What an export has of each link."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ChosenLinks:
    """Links that a list has."""

    lists: LinkLists
    wanted: LinkFilter
    now: datetime
    behind: Place | None
    """Only those behind this place. None: all."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LinkSource:
    """Where links are read."""

    links: LinkReader
    base_url: str
    batch: int
    """How many links are read at a time."""
    domains: Collection[str] | None = None
    """Of which domains links are exported. None: of all."""
    owner: str | None = None
    """Whose links alone are exported, as `maker_of` returns it. None: all."""
    chosen: ChosenLinks | None = None
    """What else links must have, those of `domains` and `owner` included. None: they
    need have nothing, and are read without the lists."""


async def link_table(
    after: int | None,
    *,
    source: LinkSource,
    fields: Sequence[Field] = LINK_FIELDS,
    progress: Callable[[int], None] | None = None,
) -> AsyncGenerator[Columns]:
    """Yield *fields* of all links that are not deleted, newest first.

    *progress* gets how many there were so far.

    *after* is the id of the last link that the receiver has: only those behind it are
    yielded. A link that is made meanwhile is not among them.

    Raises:
        BackendUnavailable: The store does not answer.
    """
    written = 0
    batches = _all(after, source) if source.chosen is None else _chosen(source.chosen)
    async for links in batches:
        shown = [one for one in links if _is_shown(one.link, source)]
        if shown:
            columns = zip(*(_row(link, source) for link in shown), strict=True)
            by_field = dict(zip(LINK_FIELDS, columns, strict=True))
            yield [Plain(by_field[field]) for field in fields]
        written += len(links)
        if progress:
            progress(written)


async def place_of(link_id: int, links: LinkReader) -> Place | None:
    """Return the place of a link among all, newest first; None: there is no such link.

    Raises:
        BackendUnavailable: The store does not answer.
    """
    for link in await links.by_ids([link_id]):
        return Place(microseconds(link.created_at), link.id)
    return None


async def _all(
    after: int | None, source: LinkSource
) -> AsyncGenerator[Sequence[CountedLink]]:
    while links := await source.links.newest(limit=source.batch, before_id=after):
        yield links
        after = links[-1].link.id


async def _chosen(chosen: ChosenLinks) -> AsyncGenerator[Sequence[CountedLink]]:
    place, lists = chosen.behind, chosen.lists
    await bring_up_to_date(lists)
    while True:
        page = await lists.page(
            chosen.wanted, sort=Sort(), now=chosen.now, after=place, limit=_PAGE
        )
        yield page.links
        if page.follows is None:
            return
        place = page.follows


def _is_shown(link: Link, source: LinkSource) -> bool:
    if source.domains is not None and link.domain not in source.domains:
        return False
    return source.owner in {None, maker_of(link)}


def _row(counted: CountedLink, source: LinkSource) -> Sequence[Value]:
    link = counted.link
    return (
        link.id,
        link.domain or urlsplit(source.base_url).netloc,
        link.shown_code,
        link.short_url(source.base_url),
        link.target,
        *(value for name in OPTION_NAMES for value in _values(name, link.options)),
        counted.clicks,
        link.version,
        ms_of(link.created_at),
        ms_of(link.updated_at),
        link.external_id,
        maker_of(link),
    )


def _values(option: str, options: LinkOptions) -> Sequence[Value]:
    """Return the values of an option in the columns of `_fields`."""
    if option == "utm":
        return [getattr(options.utm, name, None) for name in UTM_NAMES]
    if option == "quarantine":
        return [getattr(options.quarantine, name, None) for name in _OF_QUARANTINE]
    value = getattr(options, option)
    if option == "password":
        return [value is not None]
    if option in {"rules", "variants"}:
        return [json.dumps(value, ensure_ascii=False) if value else None]
    if isinstance(value, tuple):
        return [",".join(value)]
    return [ms_of(value) if isinstance(value, datetime) else value]
