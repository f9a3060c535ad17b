"""Signed texts that say: this visitor has just read the warning of a link."""

from datetime import datetime, timedelta
from hashlib import sha256
from hmac import compare_digest
from hmac import new as hmac_of
from typing import Final

LIFETIME: Final = timedelta(minutes=10)
_MAX_DIGITS: Final = 12


def confirmation(key: bytes, *, link_id: int, version: int, now: datetime) -> str:
    """Return the text for a visitor who reads the warning of a link now.

    It belongs to this *version* of the link, which may lead elsewhere in the next.
    """
    until = int((now + LIFETIME).timestamp())
    return f"{until}.{_signature(key, link_id, version, until)}"


def confirms(
    text: str, key: bytes, *, link_id: int, version: int, now: datetime
) -> bool:
    """Return whether *text* was made for this version of a link, not long ago."""
    moment, _, signature = text.partition(".")
    # Bounded, because a number of thousands of digits takes long to convert.
    if not (moment.isascii() and moment.isdecimal() and len(moment) <= _MAX_DIGITS):
        return False
    until = int(moment)
    right = _signature(key, link_id, version, until)
    return compare_digest(signature.encode(), right.encode()) and (
        now.timestamp() < until <= (now + 2 * LIFETIME).timestamp()
    )


def _signature(key: bytes, link_id: int, version: int, until: int) -> str:
    return hmac_of(key, f"{link_id}.{version}.{until}".encode(), sha256).hexdigest()
