"""The parameters of a short URL's query that analytics reads."""

from typing import Final
from urllib.parse import unquote_to_bytes

_MANY: Final = 64
"""How many parameters are looked at."""


def parameters(query: bytes) -> dict[str, bytes]:
    """Return the values by name; of several of one name, the first."""
    found: dict[str, bytes] = {}
    for pair in query.split(b"&", _MANY)[:_MANY]:
        name, _, value = pair.partition(b"=")
        if name:
            found.setdefault(_unquoted(name).decode("latin-1"), _unquoted(value))
    return found


def _unquoted(text: bytes) -> bytes:
    return unquote_to_bytes(text.replace(b"+", b" "))
