"""Ids that grow with time: uuid, version 7 (RFC 9562, 5.7)."""

import re
from datetime import datetime
from secrets import randbits
from typing import Final
from uuid import UUID

_VERSION_7: Final = 7 << 76
_VARIANT: Final = 0b10 << 62
_FORM: Final = re.compile("[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")


def is_key_id(text: str) -> bool:
    """Return whether *text* has the form of an id; not every store takes all texts."""
    return _FORM.fullmatch(text) is not None


def make_key_id(now: datetime) -> str:
    """Return a new id that was made at the moment *now*."""
    milliseconds = int(now.timestamp() * 1_000)
    random = randbits(12) << 64 | randbits(62)
    return str(UUID(int=milliseconds << 80 | _VERSION_7 | _VARIANT | random))
