"""The language that the visitor prefers, by `Accept-Language`."""

import re
from collections.abc import Sequence
from typing import Final

from waypost.domain.analytics.dimensions import Dimension
from waypost.domain.analytics.remembered import Remembered
from waypost.domain.clicks import Click
from waypost.services.analytics.step import CACHED, EnrichmentStep, Values
from waypost.services.analytics.steps.text import MAX_BYTES

_RANGE: Final = re.compile(
    r"\s*([A-Za-z]{2,3})(?:[-_][A-Za-z0-9_-]*)?\s*(?:;\s*q\s*=\s*([0-9.]{1,5})\s*)?"
)
"""A language, and its weight, which is 1 where none is given."""


def language_of(header: bytes) -> str | None:
    """Return the first of the languages with the highest weight, in two letters."""
    best, highest = None, 0.0
    for entry in header[:MAX_BYTES].decode("latin-1").split(","):
        found = _RANGE.fullmatch(entry)
        weight = _weight(found[2]) if found else 0.0
        if found and weight > highest:
            best, highest = found[1].lower(), weight
    return best


def language_step() -> EnrichmentStep:
    """Return the step that reads `Accept-Language`."""

    def found(header: bytes) -> Values:
        return (language_of(header),)

    known = Remembered(found, size=CACHED)

    def values(clicks: Sequence[Click]) -> list[Values]:
        return [known[click.language] for click in clicks]

    return EnrichmentStep("language", (Dimension.LANGUAGE,), values)


def _weight(text: str | None) -> float:
    """Return a weight up to 1; 0, which refuses a language, where it is none."""
    if text is None:
        return 1.0
    try:
        return min(float(text), 1.0)
    except ValueError:
        return 0.0
