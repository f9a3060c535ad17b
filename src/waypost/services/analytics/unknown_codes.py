"""Lists of visits that belong to no link, each with the code that was likely meant."""

import asyncio
import zlib
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections import defaultdict
from collections.abc import Iterable, Sequence
from itertools import chain
from typing import Final, NamedTuple

import msgspec

from waypost.domain.analytics.near_codes import codes_near
from waypost.domain.analytics.orphans import (
    OrphanOrder,
    OrphanPlace,
    OrphanQuery,
    OrphanRow,
)
from waypost.domain.analytics.questions import Numbers
from waypost.domain.errors import InvalidCursor
from waypost.ports.analytics.orphans import OrphanStore
from waypost.ports.links import LinkReader

MOST: Final = 100
"""Rows of a page: about a thousand codes are looked up for each."""
_TEXTS_AT_ONCE: Final = 20
_SIGNED_64: Final = 2**63


class UnknownCode(NamedTuple):
    """What was visited, and the code of a link that differs by one slip."""

    row: OrphanRow
    nearest: str | None
    """None: there is none."""


class UnknownCodes(NamedTuple):
    """Some rows of a list."""

    rows: Sequence[UnknownCode]
    others: Numbers | None
    """Visits whose codes are not kept one by one; None: there are none, or a text is
    looked for."""
    next_cursor: str | None
    """Asks for the rows behind these; None: there are no more."""


class _Cursor(msgspec.Struct, array_like=True, frozen=True):
    """A place in a list, as clients keep it."""

    of_list: int
    value: int
    kind: str
    text: str
    domain: str


async def unknown_codes(  # noqa: PLR0913  # a list, its page and its stores
    query: OrphanQuery,
    *,
    order: OrphanOrder,
    cursor: str | None,
    limit: int,
    store: OrphanStore,
    links: LinkReader,
) -> UnknownCodes:
    """Return up to *limit* rows of *query* behind *cursor*.

    Raises:
        InvalidCursor: It is none, or that of another list.
        BackendUnavailable: A store does not answer in time.
    """
    of_list = _sum(query, order)
    after = None if cursor is None else _place(cursor, of_list)
    found = await store.page(query, order=order, after=after, limit=limit + 1)
    rows = found.rows[:limit]
    nearest = await _nearest(rows, links)
    next_cursor = None
    if len(found.rows) > limit:
        next_cursor = _text(_Cursor(of_list, *rows[-1].place(order)))
    return UnknownCodes(
        [UnknownCode(row, near) for row, near in zip(rows, nearest, strict=True)],
        found.others,
        next_cursor,
    )


async def _nearest(
    rows: Sequence[OrphanRow], links: LinkReader
) -> Sequence[str | None]:
    """Return for each of *rows* the likeliest code of a link of its domain."""
    # In a thread: redirects must not wait for a hundred thousand codes to be made.
    candidates = await asyncio.to_thread(lambda: [codes_near(row.text) for row in rows])
    wanted: defaultdict[str, list[Sequence[str]]] = defaultdict(list)
    for row, codes in zip(rows, candidates, strict=True):
        wanted[row.domain].append(codes)
    known: defaultdict[str, set[str]] = defaultdict(set)
    for domain, lists in wanted.items():
        for start in range(0, len(lists), _TEXTS_AT_ONCE):
            some = set(chain.from_iterable(lists[start : start + _TEXTS_AT_ONCE]))
            found = await links.by_codes(some, domain=domain)
            known[domain].update(one.code for one in found if one.deleted_at is None)
    return [
        _first(codes, known[row.domain])
        for row, codes in zip(rows, candidates, strict=True)
    ]


def _first(codes: Iterable[str], known: set[str]) -> str | None:
    return next((code for code in codes if code in known), None)


def _text(cursor: _Cursor) -> str:
    return urlsafe_b64encode(msgspec.json.encode(cursor)).decode()


def _place(text: str, of_list: int) -> OrphanPlace:
    try:
        content = urlsafe_b64decode(text.encode())
        cursor = msgspec.json.decode(content, type=_Cursor)
    except (ValueError, msgspec.MsgspecError):
        raise InvalidCursor from None
    is_storable = abs(cursor.value) < _SIGNED_64 and "\0" not in (
        cursor.kind + cursor.text + cursor.domain
    )
    if cursor.of_list != of_list or not is_storable:
        raise InvalidCursor
    return OrphanPlace(cursor.value, cursor.kind, cursor.text, cursor.domain)


def _sum(query: OrphanQuery, order: OrphanOrder) -> int:
    """Return a number for a list; its days may move with the clock."""
    domains = None if query.domains is None else sorted(query.domains)
    of = sorted(query.kinds), query.text, order.value, *([domains] if domains else [])
    return zlib.crc32(repr(of).encode())
