"""Patterns of URLs in which `*` stands for any characters, and nothing else is special.

Matching takes each part between asterisks once, from left to right, at the first place
where it fits: that is always enough, so that no pattern and no URL makes it slow.
"""

from dataclasses import dataclass, field
from typing import Final

ANY: Final = "*"


@dataclass(frozen=True, slots=True)
class Glob:
    """A text with asterisks, matched as a whole."""

    text: str
    _parts: tuple[str, ...] = field(init=False)

    def __post_init__(self) -> None:
        """Divide it once."""
        object.__setattr__(self, "_parts", tuple(self.text.split(ANY)))

    def matches(self, text: str) -> bool:
        """Return whether *text* is one that the pattern stands for."""
        first, *middle = self._parts
        if not middle:
            return text == first
        last = middle.pop()
        end = len(text) - len(last)
        if len(first) > end or not text.startswith(first) or not text.endswith(last):
            return False
        place = len(first)
        for part in middle:
            found = text.find(part, place, end)
            if found < 0:
                return False
            place = found + len(part)
        return True


@dataclass(frozen=True, slots=True)
class UrlPattern:
    """Which URLs of which hosts. A host without an asterisk covers those below it."""

    text: str
    """As it stands in the file."""
    host: Glob
    path: Glob | None
    """With its query, from the first slash on. None: every path."""

    def matches(self, host: str, path: str) -> bool:
        """Return whether a URL of *host* with *path* is one of those."""
        return self.host.matches(host) and (
            self.path is None or self.path.matches(path)
        )


def pattern_of(text: str, *, host: str, path: str | None) -> UrlPattern:
    """Return the pattern that stands as *text* in a file."""
    return UrlPattern(text, Glob(host), None if path is None else Glob(path))
