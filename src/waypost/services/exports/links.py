"""Links as a table."""

import json
from collections.abc import AsyncGenerator, Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final, get_type_hints
from urllib.parse import urlsplit

from waypost.domain.links import CountedLink, Link, maker_of
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
from waypost.ports.links import LinkReader

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
    while links := await source.links.newest(limit=source.batch, before_id=after):
        shown = [one for one in links if _is_shown(one.link, source)]
        if shown:
            columns = zip(*(_row(link, source) for link in shown), strict=True)
            by_field = dict(zip(LINK_FIELDS, columns, strict=True))
            yield [Plain(by_field[field]) for field in fields]
        after = links[-1].link.id
        written += len(links)
        if progress:
            progress(written)


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
