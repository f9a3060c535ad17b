"""Cursors of lists of keys, as clients keep them: opaque, and of one filter each."""

from base64 import urlsafe_b64decode, urlsafe_b64encode
from uuid import UUID

from waypost.domain.errors import InvalidCursor


def encode_cursor(last_id: str, state: str) -> str:
    """Return the cursor behind the key *last_id* in the list of one *state*."""
    return urlsafe_b64encode(f"{state}:{last_id}".encode()).decode().rstrip("=")


def decode_cursor(text: str, state: str) -> str:
    """Return the id of the key that the list goes on behind.

    Raises:
        InvalidCursor: *text* is no cursor, or that of another list.
    """
    try:
        padded = text.encode("ascii") + b"=" * (-len(text) % 4)
        of, _, key_id = urlsafe_b64decode(padded).decode("ascii").partition(":")
        if of == state:
            return str(UUID(key_id))
    except ValueError:
        pass
    raise InvalidCursor
