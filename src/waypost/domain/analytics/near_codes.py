"""Codes that may have been meant by one that no link has."""

from collections.abc import Iterator
from typing import Final

from waypost.domain.codes import ALPHABET, may_be_code

LONGEST: Final = 32
"""Characters of a text for which codes are looked for; longer ones have too many."""
_LETTERS: Final = ALPHABET + "-_.~"


def codes_near(text: str) -> list[str]:
    """Return the codes that differ from *text* by one slip, the likeliest first.

    Slips are: the case of the letters, more text behind the code, two letters swapped,
    and one letter too many, wrong or missing. For seven letters that are about 1,100
    codes, and 4,500 at most. Empty: *text* is too long.
    """
    if len(text) > LONGEST:
        return []
    found = dict.fromkeys(each for each in _slips(text) if each and may_be_code(each))
    found.pop(text, None)
    return list(found)


def _slips(text: str) -> Iterator[str]:
    yield from (text.lower(), text.upper(), text.capitalize(), text.swapcase())
    yield text.partition("/")[0]
    yield text.rstrip(".-_~/,;:!?)]}>'\"*+")
    splits = [(text[:at], text[at:]) for at in range(len(text) + 1)]
    for head, tail in splits[:-1]:
        yield head + tail[0].swapcase() + tail[1:]
    for head, tail in splits[:-2]:
        yield head + tail[1] + tail[0] + tail[2:]
    for head, tail in splits[:-1]:
        yield head + tail[1:]
    letters = dict.fromkeys(_LETTERS + text)
    for head, tail in splits:
        for letter in letters:
            if tail:
                yield head + letter + tail[1:]
            yield head + letter + tail
