"""Quarantine: a link that may be dangerous, and what its visitors get instead."""

import re
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Final

from waypost.domain.errors import OptionConflict

MAX_NOTE: Final = 1_000
"""In characters."""

# They move the cursor of a terminal, or reverse the direction of the text after them.
_UNSHOWN: Final = re.compile(
    "[\x00-\x1f\x7f-\x9f\u2028-\u202e\u2066-\u2069\ud800-\udfff]"
)


class QuarantineMode(StrEnum):
    """What visitors of a link in quarantine get."""

    BLOCK = "block"
    """A page that does not say where the link leads."""
    WARN = "warn"
    """A page that says why and where to, and lets the visitor go on."""


class QuarantineReason(StrEnum):
    """Why a link is in quarantine."""

    PHISHING = "phishing"
    MALWARE = "malware"
    SPAM = "spam"
    LEGAL = "legal"
    BLOCKLIST = "blocklist"
    """Its target is on a blocklist; it ends when the target is not any more."""
    REPORTED = "reported"
    OTHER = "other"


@dataclass(frozen=True, slots=True, kw_only=True)
class Quarantine:
    """Since when and why a link is in quarantine."""

    mode: QuarantineMode
    reason: QuarantineReason
    note: str | None = None
    """For those who may change the link; visitors do not see it."""
    since: datetime

    def __post_init__(self) -> None:
        """Refuse a moment without a time zone."""
        assert self.since.tzinfo is not None, "since needs a time zone"

    def is_like(self, other: "Quarantine | None") -> bool:
        """Return whether *other* says the same, whenever it began."""
        return other is not None and (self.mode, self.reason, self.note) == (
            other.mode,
            other.reason,
            other.note,
        )


def check_note(note: str | None) -> None:
    """Check that *note* can be stored and shown.

    Raises:
        OptionConflict: It is too long, or has control characters.
    """
    if note is None:
        return
    if len(note) > MAX_NOTE:
        raise OptionConflict(f"note has more than {MAX_NOTE:,} characters.")
    if _UNSHOWN.search(note):
        raise OptionConflict("note has control characters.")
