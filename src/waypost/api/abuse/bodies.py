"""The bodies of requests and answers about complaints."""

import re
from typing import Final, Literal

from fastapi.openapi.models import Example
from pydantic import ConfigDict, Field, field_validator

from waypost.api.bodies import Body, Second
from waypost.api.documents.openapi import Document
from waypost.domain.abuse.reports import (
    MAX_EMAIL,
    MAX_MESSAGE,
    AbuseReport,
    ReportReason,
    ReportState,
)
from waypost.domain.links import code_and_domain, path_of, root_of
from waypost.services.abuse.reports import Complaint

REPORT_ID: Final = "0195f2a6-0000-7000-8000-00000000000f"
REPORT_EXAMPLE: Final[Document] = {
    "id": REPORT_ID,
    "state": "open",
    "short_url": "https://go.example.com/spring-26",
    "link": {"id": 1001, "code": "spring-26"},
    "reason": "phishing",
    "message": "Asks for the password of my bank",
    "email": None,
    "created_at": "2026-04-02T08:00:00Z",
}
COMPLAINT_EXAMPLES: Final[dict[str, Example]] = {
    "phishing": {
        "summary": "A page that pretends to be another one",
        "value": {
            "short_url": "https://go.example.com/spring-26",
            "reason": "phishing",
            "message": "Asks for the password of my bank",
        },
    }
}
JUDGEMENT_EXAMPLES: Final[dict[str, Example]] = {
    "confirmed": {
        "summary": "Put the link in quarantine",
        "value": {"state": "confirmed"},
    },
    "dismissed": {"summary": "Nothing is wrong", "value": {"state": "dismissed"}},
}
# They move the cursor of a terminal, or reverse the direction of the text after them.
_UNSHOWN: Final = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028-\u202e\u2066-\u2069\ud800-\udfff]"
)


class NewReport(Body):
    """A complaint about a link."""

    model_config = ConfigDict(extra="forbid")

    short_url: str = Field(
        max_length=2_048, description="The short URL, or its code alone."
    )
    reason: ReportReason
    message: str = Field(
        default="", max_length=MAX_MESSAGE, description="What is wrong with it."
    )
    email: str | None = Field(
        default=None,
        max_length=MAX_EMAIL,
        description="Where you can be reached, if you like. It is not verified.",
    )

    @field_validator("short_url", "message", "email")
    @classmethod
    def _is_shown(cls, text: str | None) -> str | None:
        if text is not None and _UNSHOWN.search(text):
            raise ValueError("this has control characters")
        return text

    @field_validator("short_url", "email")
    @classmethod
    def _is_a_line(cls, text: str | None) -> str | None:
        # A second line would look like another report in a terminal.
        if text is not None and ("\n" in text or "\t" in text):
            raise ValueError("this is one line")
        return text

    def complaint(self) -> Complaint:
        """Return it in the form that the use case takes."""
        return Complaint(
            short_url=self.short_url,
            reason=self.reason,
            message=self.message,
            email=self.email,
        )


class Thanks(Body):
    """Nothing: whether the link exists is not said."""


class Judgement(Body):
    """What became of a complaint."""

    model_config = ConfigDict(extra="forbid")

    state: Literal[ReportState.CONFIRMED, ReportState.DISMISSED]


class ReportedLink(Body):
    """The link of a complaint."""

    id: int
    code: str


class ReportView(Body):
    """A complaint."""

    id: str
    state: ReportState
    short_url: str
    link: ReportedLink
    reason: ReportReason
    message: str
    email: str | None
    created_at: Second

    @classmethod
    def of(cls, report: AbuseReport, *, base_url: str) -> "ReportView":
        """Return the body of *report*."""
        code, domain = code_and_domain(report.code)
        return cls(
            id=report.id,
            state=report.state,
            short_url=root_of(domain, base_url) + path_of(code),
            link=ReportedLink(id=report.link_id, code=code),
            reason=report.reason,
            message=report.message,
            email=report.email,
            created_at=report.created_at,
        )


class ReportList(Body):
    """A page of complaints, the newest first."""

    data: list[ReportView]
    next_cursor: str | None = Field(description="Null: there are no more.")
