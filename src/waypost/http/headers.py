"""Headers that the answers of several HTTP faces have."""

from typing import Final, TypeAlias

Header: TypeAlias = tuple[bytes, bytes]
"""A name, in lower case, and a value."""

NO_STORE: Final[Header] = (b"cache-control", b"no-store")
NO_SNIFFING: Final[Header] = (b"x-content-type-options", b"nosniff")
VARY_ACCEPT: Final[Header] = (b"vary", b"accept")
RETRY_AFTER: Final[Header] = (b"retry-after", b"2")
"""With every 503 that is temporary; in seconds."""
CLOSE: Final[Header] = (b"connection", b"close")

JSON: Final = "application/json"
PROBLEM_JSON: Final = "application/problem+json"
HTML: Final = "text/html; charset=utf-8"
TEXT: Final = "text/plain; charset=utf-8"
