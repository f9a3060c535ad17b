"""Ids that grow with time: uuid, version 7 (RFC 9562, 5.7)."""

import re
from datetime import datetime
from secrets import randbits, token_bytes
from typing import Final

_VERSION_7: Final = 7 << 76
_VARIANT: Final = 0b10 << 62
_REST_BITS: Final = 62
_REST: Final = (1 << _REST_BITS) - 1
_RANDOM_BITS: Final = 12 + _REST_BITS
"""Those before the variant, and those behind it."""
_BYTES: Final = 10
"""Random ones of an id that is made with others; a few bits of them are left."""
_VARIANTS: Final = dict(zip("0123456789abcdef", "89ab" * 4, strict=True))
"""The digit with the variant, by a random one."""
_FORM: Final = re.compile("[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")


def is_key_id(text: str) -> bool:
    """Return whether *text* has the form of an id; not every store takes all texts."""
    return _FORM.fullmatch(text) is not None


def make_key_id(now: datetime) -> str:
    """Return a new id that was made at the moment *now*."""
    milliseconds, random = int(now.timestamp() * 1_000), randbits(_RANDOM_BITS)
    first, rest = random >> _REST_BITS, random & _REST
    # Written here: an object of `UUID` takes longer than all the rest.
    digits = f"{milliseconds << 80 | _VERSION_7 | first << 64 | _VARIANT | rest:032x}"
    parts = digits[:8], digits[8:12], digits[12:16], digits[16:20], digits[20:]
    return "-".join(parts)


def make_key_ids(now: datetime, number: int) -> list[str]:
    """Return *number* new ids that were made at the moment *now*, the lowest first."""
    digits = f"{int(now.timestamp() * 1_000):012x}"
    begin = f"{digits[:8]}-{digits[8:]}-7"
    text, size = token_bytes(_BYTES * number).hex(), 2 * _BYTES
    ids = []
    for at in range(0, size * number, size):
        second, last = text[at + 3], text[at + 7 : at + 19]
        ids.append(
            f"{begin}{text[at : at + 3]}-"
            f"{_VARIANTS[second]}{text[at + 4 : at + 7]}-{last}"
        )
    ids.sort()
    return ids
