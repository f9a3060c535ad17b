"""The quarantine of a link as a JSON object within its options."""

from contextlib import suppress
from datetime import datetime
from typing import Annotated

import msgspec

from waypost.domain.abuse.quarantine import Quarantine, QuarantineMode, QuarantineReason


class _Quarantine(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Fields are only ever added."""

    mode: str
    reason: str
    note: str | None = None
    since: Annotated[datetime, msgspec.Meta(tz=True)]
    is_off: bool = False
    """Whether the link's editors have turned it off besides."""


_decode = msgspec.json.Decoder(_Quarantine).decode


def encode_quarantine(quarantine: Quarantine, *, is_off: bool) -> msgspec.Raw:
    """Return the object of *quarantine*."""
    value = _Quarantine(
        mode=quarantine.mode,
        reason=quarantine.reason,
        note=quarantine.note,
        since=quarantine.since,
        is_off=is_off,
    )
    return msgspec.Raw(msgspec.json.encode(value))


def decode_quarantine(text: msgspec.Raw) -> tuple[Quarantine, bool]:
    """Return the quarantine of *text*, and whether the link is off besides.

    A mode of a later release blocks, so that no visitor comes to where it leads.

    Raises:
        ValueError: It is not such an object.
    """
    value = _decode(text)
    mode, reason = QuarantineMode.BLOCK, QuarantineReason.OTHER
    with suppress(ValueError):
        mode = QuarantineMode(value.mode)
    with suppress(ValueError):
        reason = QuarantineReason(value.reason)
    quarantine = Quarantine(
        mode=mode, reason=reason, note=value.note, since=value.since
    )
    return quarantine, value.is_off
