"""The quarantine of a link, in requests and answers."""

from datetime import datetime
from typing import Final

from fastapi.openapi.models import Example
from pydantic import ConfigDict, Field, field_validator

from waypost.api.bodies import Body, Second
from waypost.domain.abuse.quarantine import (
    MAX_NOTE,
    Quarantine,
    QuarantineMode,
    QuarantineReason,
)

QUARANTINE_EXAMPLES: Final[dict[str, Example]] = {
    "block": {
        "summary": "No visitor is sent on",
        "value": {"mode": "block", "reason": "phishing", "note": "Case 4711"},
    },
    "warn": {
        "summary": "Visitors are warned, and may go on",
        "value": {"mode": "warn", "reason": "spam"},
    },
}


class QuarantineView(Body):
    """Since when and why visitors of a link are stopped or warned."""

    mode: QuarantineMode
    reason: QuarantineReason
    note: str | None
    since: Second

    @classmethod
    def of(cls, quarantine: Quarantine | None) -> "QuarantineView | None":
        """Return the body of *quarantine*; None: there is none."""
        if quarantine is None:
            return None
        return cls(
            mode=quarantine.mode,
            reason=quarantine.reason,
            note=quarantine.note,
            since=quarantine.since,
        )


class NewQuarantine(Body):
    """What visitors of a link get from now on, and why."""

    model_config = ConfigDict(extra="forbid")

    mode: QuarantineMode = Field(
        description="`block`: visitors get a page (403) that does not say where the "
        "link leads. `warn`: the page says it, and lets them go on."
    )
    reason: QuarantineReason = Field(
        description="Visitors who are warned read it. With `legal`, `block` is 451. "
        "`blocklist` is set by blocklists only."
    )
    note: str | None = Field(
        default=None,
        max_length=MAX_NOTE,
        description="For those who may change the link; visitors do not see it.",
    )

    @field_validator("reason")
    @classmethod
    def _is_no_list(cls, reason: QuarantineReason) -> QuarantineReason:
        if reason is QuarantineReason.BLOCKLIST:
            raise ValueError("this reason is set by blocklists only")
        return reason

    def quarantine(self, *, since: datetime) -> Quarantine:
        """Return it as it is stored."""
        return Quarantine(
            mode=self.mode, reason=self.reason, note=self.note, since=since
        )
