"""Words by which links are found: of their code, target, title, tags and notes.

A word is a row of letters and digits, without regard to case and accents. What is
searched for is the beginning of a word: `spr` finds `Spring`.
"""

import re
from collections.abc import Iterable
from itertools import islice
from typing import Final
from unicodedata import combining, normalize
from urllib.parse import unquote

from waypost.domain.links import Link

MAX_WORDS: Final = 500
"""Words of a link; what its texts have beyond them is not found."""
MAX_LETTERS: Final = 64
"""Letters of a word; what it has beyond them is not looked at."""
_ASCII_WORD: Final = re.compile("[a-z0-9]+")


def words_in(text: str) -> Iterable[str]:
    """Yield the words of *text*, each as often as it is there."""
    if text.isascii():
        # The same, many times as fast: most texts are.
        return (word[:MAX_LETTERS] for word in _ASCII_WORD.findall(text.lower()))
    letters = (one for one in normalize("NFKD", text) if not combining(one))
    folded = "".join(letters).casefold()
    spaced = "".join(one if one.isalnum() else " " for one in folded)
    return (word[:MAX_LETTERS] for word in spaced.split())


def words_of(link: Link) -> frozenset[str]:
    """Return the words by which *link* is found."""
    _, _, address = link.target.partition(":")
    texts = (
        link.code,
        link.options.title or "",
        *link.options.tags,
        unquote(address),
        link.options.notes or "",
    )
    found = (word for text in texts for word in words_in(text))
    return frozenset(islice(dict.fromkeys(islice(found, 2 * MAX_WORDS)), MAX_WORDS))
