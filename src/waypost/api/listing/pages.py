"""A page of a list, and the cursor behind it, as clients keep it.

A cursor is opaque, and of one list with one filter.
"""

from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Sequence
from typing import TypeVar
from uuid import UUID

from waypost.domain.errors import InvalidCursor

T = TypeVar("T")


def page_of(found: Sequence[T], limit: int) -> tuple[Sequence[T], T | None]:
    """Return up to *limit* of what was *found*, and the last of them if more follow."""
    shown = found[:limit]
    return shown, shown[-1] if len(found) > limit else None


def encode_cursor(behind: str, of: str) -> str:
    """Return the cursor behind what is called *behind* in the list *of* a filter."""
    return urlsafe_b64encode(f"{of}:{behind}".encode()).decode().rstrip("=")


def decode_cursor(text: str, of: str) -> str:
    """Return what the list goes on behind.

    Raises:
        InvalidCursor: *text* is no cursor, or that of another list.
    """
    prefix = f"{of}:"
    try:
        padded = text.encode("ascii") + b"=" * (-len(text) % 4)
        inside = urlsafe_b64decode(padded).decode()
    except ValueError:
        raise InvalidCursor from None
    behind = inside.removeprefix(prefix)
    if not inside.startswith(prefix) or encode_cursor(behind, of) != text:
        raise InvalidCursor
    return behind


def decode_id_cursor(text: str, of: str) -> str:
    """Return the id that the list goes on behind.

    Raises:
        InvalidCursor: As `decode_cursor`.
    """
    try:
        return str(UUID(decode_cursor(text, of)))
    except ValueError:
        raise InvalidCursor from None
