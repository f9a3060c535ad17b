"""Lists of links for clients: pages with cursors, and totals."""

import zlib
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Final, NamedTuple

import msgspec

from waypost.domain.errors import BackendUnavailable, InvalidCursor
from waypost.domain.links import CountedLink
from waypost.domain.listing.filters import LinkFilter, Moments, Place, Sort, Total
from waypost.domain.listing.orders import TEXTS, check_sort
from waypost.ports.links import LinkLists
from waypost.ports.runtime import Clock

LISTED_AT_ONCE: Final = 100
"""Changed links that are brought into the lists in one transaction: other writers wait
for it."""
_MOST_BEFORE_A_PAGE: Final = 3
"""How many such transactions the reader of a page waits for."""
_VERSION: Final = 1
_LONGEST: Final = 2_000


@dataclass(frozen=True, slots=True, kw_only=True)
class ListQuery:
    """A page of a list, as a client asks for it."""

    wanted: LinkFilter
    sort: Sort
    cursor: str | None = None
    """Of the page before; None: the first page."""
    limit: int
    has_total: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class ListAnswer:
    """A page of a list."""

    links: Sequence[CountedLink]
    next_cursor: str | None
    """None: the list is at its end."""
    total: Total | None
    """None: it was not asked for."""


class _Cursor(NamedTuple):
    version: int
    query: int
    """A number for filter and sort: a cursor belongs to one list."""
    value: int | str
    id: int


_encode = msgspec.json.Encoder().encode
_decode = msgspec.json.Decoder(_Cursor).decode


async def list_links(query: ListQuery, *, lists: LinkLists, clock: Clock) -> ListAnswer:
    """Return a page of the links that *query* asks for.

    Links that were made or changed just now are among them, unless they are very many.

    Raises:
        InvalidCursor: The cursor is none, or that of another list.
        SortNeedsFilter: There are too many links to sort them so.
        BackendUnavailable: The store does not answer.
    """
    check_sort(query.wanted, query.sort)
    after = None if query.cursor is None else _place(query.cursor, query)
    await bring_up_to_date(lists)
    now = clock.now()
    page = await lists.page(
        query.wanted, sort=query.sort, now=now, after=after, limit=query.limit
    )
    return ListAnswer(
        links=page.links,
        next_cursor=page.follows and _text(page.follows, query),
        total=await lists.total(query.wanted, now=now) if query.has_total else None,
    )


async def bring_up_to_date(lists: LinkLists) -> None:
    """Bring changed links into *lists*, unless they are very many."""
    # A store that cannot be written can still be read.
    with suppress(BackendUnavailable):
        for _ in range(_MOST_BEFORE_A_PAGE):
            if await lists.list_changed(limit=LISTED_AT_ONCE) < LISTED_AT_ONCE:
                return


def _text(place: Place, query: ListQuery) -> str:
    cursor = _Cursor(_VERSION, _sum(query), place.value, place.id)
    return urlsafe_b64encode(_encode(cursor)).decode().rstrip("=")


def _place(text: str, query: ListQuery) -> Place:
    if len(text) > _LONGEST:
        raise InvalidCursor
    try:
        padding = "=" * (-len(text) % 4)
        cursor = _decode(urlsafe_b64decode((text + padding).encode()))
    except (ValueError, msgspec.MsgspecError):
        raise InvalidCursor from None
    is_text = query.sort.key in TEXTS
    if cursor.version != _VERSION or cursor.query != _sum(query):
        raise InvalidCursor
    # What no store holds is not sent to one.
    if isinstance(cursor.value, str) is not is_text or not _is_stored(cursor):
        raise InvalidCursor
    return Place(cursor.value, cursor.id)


def _is_stored(cursor: _Cursor) -> bool:
    if isinstance(cursor.value, str) and "\0" in cursor.value:
        return False
    numbers = (cursor.id, 0 if isinstance(cursor.value, str) else cursor.value)
    return all(-(2**63) <= number < 2**63 for number in numbers)


def _later_parts(wanted: LinkFilter) -> Iterator[object]:
    """Yield the filters that cursors of older releases do not know, if they are set."""
    if wanted.lacks_any_tag:
        yield "lacks_any_tag"
    for name, features in (("has", wanted.has), ("lacks", wanted.lacks)):
        if features:
            yield name, sorted(features)
    if wanted.valid_until != Moments():
        yield "valid_until", wanted.valid_until


def _sum(query: ListQuery) -> int:
    wanted = query.wanted
    states = sorted(wanted.states)
    parts = (
        wanted.words,
        sorted(wanted.tags),
        wanted.has_all_tags,
        sorted(wanted.without_tags),
        wanted.archived,
        wanted.crawlable,
        states,
        wanted.host,
        wanted.target,
        wanted.name,
        wanted.created,
        wanted.updated,
        wanted.clicks,
        query.sort,
        # Cursors without it are those of releases before domains.
        *([sorted(wanted.domains)] if wanted.domains is not None else []),
        *_later_parts(wanted),
    )
    return zlib.crc32(repr(parts).encode())
