"""The page that warns of a link in quarantine, with the form that goes on."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Final
from urllib.parse import urlsplit

from waypost.domain.abuse.quarantine import Quarantine, QuarantineReason
from waypost.domain.errors import LinkQuarantined
from waypost.http.answers import Answer, answer_with
from waypost.http.headers import NO_SNIFFING, PROBLEM_JSON, VARY_ACCEPT
from waypost.http.pages import page_answer
from waypost.http.problems import ERRORS_PAGE, problem_body
from waypost.http.statuses import ERRORS

_KIND: Final = ERRORS[LinkQuarantined.code]
_TITLE: Final = "This link may be dangerous"
_REASONS: Final[Mapping[QuarantineReason, str]] = {
    QuarantineReason.PHISHING: "The page may pretend to be another one, and ask for "
    "your password or your money.",
    QuarantineReason.MALWARE: "The page may try to harm your device.",
    QuarantineReason.SPAM: "The link was sent to people who did not ask for it.",
    QuarantineReason.LEGAL: "There is a legal objection to the page.",
    QuarantineReason.BLOCKLIST: "The page is on a list of dangerous pages.",
    QuarantineReason.REPORTED: "Visitors have complained about the page.",
    QuarantineReason.OTHER: "The people who run this server advise against it.",
}


def warning_page(
    quarantine: Quarantine, location: str, *, short_url: str, confirm: str
) -> Answer:
    """Return the warning of the link *short_url*, which would lead to *location*.

    Its form sends *confirm*. Await `web.rendering.loaded` before.
    """
    return page_answer(
        _KIND.status,
        "warning.html",
        has_form=True,
        title=_TITLE,
        reason=_REASONS[quarantine.reason],
        host=urlsplit(location).hostname or "",
        url=location,
        short_url=short_url,
        confirm=confirm,
    )


def warning_problem(quarantine: Quarantine) -> Answer:
    """Return the warning for programs, which cannot go on."""
    kind = replace(_KIND, detail=f"{_TITLE}. {_REASONS[quarantine.reason]}")
    problem = problem_body(kind, page=ERRORS_PAGE)
    return answer_with(kind.status, PROBLEM_JSON, problem, NO_SNIFFING, VARY_ACCEPT)
