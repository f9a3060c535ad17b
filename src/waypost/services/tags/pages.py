"""Lists of tags for clients: pages with cursors."""

import zlib
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Sequence
from dataclasses import replace
from typing import Final, NamedTuple

import msgspec

from waypost.domain.errors import InvalidCursor
from waypost.domain.tags.values import Tag, TagOrder, TagPlace, TagQuery
from waypost.services.lists.pages import bring_up_to_date
from waypost.services.tags.context import TagContext

_LONGEST: Final = 1_000


class TagAnswer(NamedTuple):
    """A page of a list of tags."""

    tags: Sequence[Tag]
    next_cursor: str | None
    """None: the list is at its end."""


class _Cursor(NamedTuple):
    query: int
    """A number for filter and order: a cursor belongs to one list."""
    value: int | str
    key: str


_encode = msgspec.json.Encoder().encode
_decode = msgspec.json.Decoder(_Cursor).decode


async def list_tags(
    query: TagQuery, *, cursor: str | None, context: TagContext
) -> TagAnswer:
    """Return a page of the tags of *query*, behind *cursor*.

    Raises:
        InvalidCursor: The cursor is none, or that of another list.
        BackendUnavailable: The store does not answer.
    """
    after = None if cursor is None else _place(cursor, query)
    await bring_up_to_date(context.lists)
    page = await context.tags.page(replace(query, after=after))
    return TagAnswer(page.tags, page.follows and _text(page.follows, query))


def _text(place: TagPlace, query: TagQuery) -> str:
    cursor = _encode(_Cursor(_sum(query), *place))
    return urlsafe_b64encode(cursor).decode().rstrip("=")


def _place(text: str, query: TagQuery) -> TagPlace:
    try:
        if len(text) <= _LONGEST:
            padded = text.encode("ascii") + b"=" * (-len(text) % 4)
            cursor = _decode(urlsafe_b64decode(padded))
            is_text = isinstance(cursor.value, str)
            is_name = query.order is TagOrder.NAME
            fits = cursor.query == _sum(query) and is_text is is_name
            if fits and _is_stored(cursor):
                return TagPlace(cursor.value, cursor.key)
    except (ValueError, msgspec.MsgspecError):
        pass
    raise InvalidCursor


def _is_stored(cursor: _Cursor) -> bool:
    """Return whether a store can hold the values: others are not sent to one."""
    if "\0" in cursor.key:
        return False
    return isinstance(cursor.value, str) or -(2**63) <= cursor.value < 2**63


def _sum(query: TagQuery) -> int:
    parts = (query.text, query.order.value, query.is_descending)
    return zlib.crc32(repr(parts).encode())
