"""Cursors of lists of clicks, as clients keep them: opaque, and of one query each."""

import struct
import zlib
from base64 import urlsafe_b64decode, urlsafe_b64encode
from typing import Final

from waypost.domain.errors import InvalidCursor
from waypost.ports.analytics.reports import ClickCursor
from waypost.services.reports.asking import Subject

_FORM: Final = struct.Struct(">BIQQIQ")
"""Version, the subject's sum, moment, link, lane, sequence; the journal follows."""
_VERSION: Final = 2
_SIGNED_64: Final = 2**63
_LONGEST_JOURNAL: Final = 64


def encode_cursor(cursor: ClickCursor, subject: Subject) -> str:
    """Return the text of *cursor* in the list of the clicks of *subject*."""
    *place, journal = cursor
    packed = _FORM.pack(_VERSION, _sum(subject), *place)
    return urlsafe_b64encode(packed + journal.encode()).decode()


def decode_cursor(text: str, subject: Subject) -> ClickCursor:
    """Return the cursor that *text* stands for.

    Raises:
        InvalidCursor: It is none, or that of a list of other clicks.
    """
    try:
        packed = urlsafe_b64decode(text.encode())
        version, of_subject, *place = _FORM.unpack_from(packed)
        journal = packed[_FORM.size :].decode("ascii")
    except (ValueError, struct.error):
        raise InvalidCursor from None
    if version != _VERSION or of_subject != _sum(subject):
        raise InvalidCursor
    # No store holds larger numbers, or other texts.
    if max(place) >= _SIGNED_64:
        raise InvalidCursor
    if len(journal) > _LONGEST_JOURNAL or not journal.isprintable():
        raise InvalidCursor
    return ClickCursor._make([*place, journal])


def _sum(subject: Subject) -> int:
    """Return a number for links and filters; periods may move with the clock."""
    links = None if subject.links is None else sorted(subject.links)
    filters = sorted(
        (one.dimension, one.is_negated, sorted(map(repr, one.values)))
        for one in subject.filters
    )
    return zlib.crc32(repr((links, filters)).encode())
