"""Origins that many targets share, such as `https://www.example.com`.

Whether a target may be stored depends mostly on its origin. So one that was accepted
spares the next targets there the same checks.
"""

import re
from typing import Final

from waypost.domain.urls.targets import SAFE_IN_TARGETS

MOST: Final = 1_000
"""Origins that are remembered at a time."""
# Names only, without a port: what an address is may change at any moment. Of such a
# URL nothing is encoded or put in lower case, and the name of its host has letters at
# its end, so that no browser takes it for a number.
_USUAL: Final = re.compile(
    r"(https?://(?:[a-z0-9-]{1,63}\.){1,9}[a-z]{2,63})/"
    rf"[A-Za-z0-9{re.escape(SAFE_IN_TARGETS)}]*"
)


def usual_origin(url: str) -> str | None:
    """Return the origin of *url* if nothing else of it has to be looked at."""
    parts = _USUAL.fullmatch(url)
    return None if parts is None else parts[1]


class AcceptedOrigins:
    """Origins that targets may have, as long as *checked_by* is what they depend on."""

    __slots__ = ("_checked_by", "_origins")

    def __init__(self) -> None:
        self._checked_by: object = None
        self._origins: set[str] = set()

    def has(self, origin: str, *, checked_by: object) -> bool:
        """Return whether *origin* was accepted, and by the same."""
        return self._checked_by is checked_by and origin in self._origins

    def add(self, origin: str, *, checked_by: object) -> None:
        """Note that *origin* was accepted."""
        if self._checked_by is not checked_by or len(self._origins) >= MOST:
            self._checked_by, self._origins = checked_by, set()
        self._origins.add(origin)
