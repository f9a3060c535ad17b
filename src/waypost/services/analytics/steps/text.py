"""Text from what a client has sent: every sequence of bytes has one."""

import re
import unicodedata
from typing import Final

from waypost.domain.analytics.enriched import MAX_VALUE

MAX_BYTES: Final = 1024
"""How much of a header is looked at."""

_INVISIBLE: Final = re.compile(
    # Controls, ends of lines, marks of direction, and code points that are no
    # characters: none of them shows, and some change how the rest of a page is shown.
    r"[\x00-\x1f\x7f-\x9f\u2028\u2029\u200e\u200f\u061c\u202a-\u202e\u2066-\u2069"
    r"\ufdd0-\ufdef\ufeff\ufffe\uffff]"
)


def text_of(content: bytes, limit: int = MAX_VALUE) -> str | None:
    """Return *content* as at most *limit* characters; None: there are none.

    It is read as UTF-8, or else as Latin-1, without controls, in the form NFC.
    """
    text = _decoded(content)[:MAX_BYTES]
    if not (text.isascii() and text.isprintable()):
        text = unicodedata.normalize("NFC", _INVISIBLE.sub("", text))
    return text.strip()[:limit].rstrip() or None


def _decoded(content: bytes) -> str:
    try:
        return content.decode()
    except UnicodeDecodeError as error:
        # A long value may have been cut within a character.
        if len(content) >= MAX_BYTES and error.start > len(content) - 4:
            return content[: error.start].decode()
        return content.decode("latin-1")
