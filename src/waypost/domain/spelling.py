"""Which known name was probably meant."""

from collections.abc import Iterable
from difflib import get_close_matches
from typing import Final

_LIKENESS: Final = 0.75
_LIKENESS_OF_SHORT: Final = 0.66
"""For up to four letters: a single mistake changes a larger part of them."""
_LONGEST: Final = 100
"""No known name is so long, and comparing longer ones takes long."""


def nearest(name: str, known: Iterable[str]) -> str:
    """Return the one of *known* that is most similar to *name*; empty: none is similar.

    Capital letters and underscores make no difference.
    """
    if len(name) > _LONGEST:
        return ""
    by_letters = {_letters(one): one for one in known}
    letters = _letters(name)
    cutoff = _LIKENESS if len(letters) > 4 else _LIKENESS_OF_SHORT
    found = get_close_matches(letters, by_letters, n=1, cutoff=cutoff)
    return by_letters[found[0]] if found else ""


def _letters(name: str) -> str:
    return name.replace("_", "").casefold()
