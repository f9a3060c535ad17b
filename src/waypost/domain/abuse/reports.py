"""Complaints about links."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Final

MAX_MESSAGE: Final = 2_000
"""Of a message, in characters."""
MAX_EMAIL: Final = 254
MAX_OPEN: Final = 1_000
"""Reports that wait for an admin. Further ones are dropped."""
MAX_OPEN_OF_LINK: Final = 10
"""The same of one link: many complaints about it say no more than some."""
MAX_KEPT: Final = 10_000
"""Reports that are kept; beyond it the oldest go that an admin has judged."""


class ReportState(StrEnum):
    """What became of a complaint."""

    OPEN = "open"
    CONFIRMED = "confirmed"
    """The link was put in quarantine."""
    DISMISSED = "dismissed"


class ReportReason(StrEnum):
    """What visitors complain about."""

    PHISHING = "phishing"
    MALWARE = "malware"
    SPAM = "spam"
    LEGAL = "legal"
    OTHER = "other"


@dataclass(frozen=True, slots=True, kw_only=True)
class AbuseReport:
    """One complaint about one link."""

    id: str
    """Later ones compare greater."""
    state: ReportState
    link_id: int
    code: str
    """That of the link when it was made."""
    reason: ReportReason
    message: str
    email: str | None
    """Where its author can be reached, as they say."""
    created_at: datetime
