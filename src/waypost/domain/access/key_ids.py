"""Ids that grow with time: uuid, version 7 (RFC 9562, 5.7)."""

import re
from datetime import datetime
from secrets import randbits
from typing import Final

_VERSION_7: Final = 7 << 76
_VARIANT: Final = 0b10 << 62
_REST_BITS: Final = 62
_REST: Final = (1 << _REST_BITS) - 1
_RANDOM_BITS: Final = 12 + _REST_BITS
"""Those before the variant, and those behind it."""
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
