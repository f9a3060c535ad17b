"""The edge's answers, encoded once when the module is loaded."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Final

from waypost.domain.errors import (
    BackendUnavailable,
    DatabaseDamaged,
    DatabaseGone,
    DatabaseNotWritable,
    LinkDeleted,
    LinkDisabled,
    LinkExpired,
    LinkNotFound,
    LinkNotYetValid,
)
from waypost.domain.options import RedirectStatus
from waypost.domain.verdict import Outcome
from waypost.edge.page import PAGE_POLICY, page
from waypost.http import statuses
from waypost.http.answers import Answer, answer_with
from waypost.http.headers import HTML, NO_SNIFFING, PROBLEM_JSON, RETRY_AFTER, Header
from waypost.http.problems import ERRORS_PAGE, fixed_problem_body
from waypost.http.statuses import ERRORS, ErrorKind

# Makes browsers and proxies send the next click here, too.
_NOT_STORED: Header = (b"cache-control", b"private, no-store")
_NO_BODY: Header = (b"content-length", b"0")


@dataclass(frozen=True, slots=True, kw_only=True)
class Refusal:
    """A refusal in both of its forms: a page for people, data for programs."""

    page: Answer
    problem: Answer

    def for_accept(self, accept: bytes) -> Answer:
        """Return the form that suits a client with this `Accept` header."""
        return self.page if b"text/html" in accept else self.problem


def _refusal(
    kind: ErrorKind, *, title: str, text: str, headers: tuple[Header, ...] = ()
) -> Refusal:
    kind = replace(kind, detail=f"{title}. {text}")
    content = page(title, f"<p>{text}</p>")
    problem = fixed_problem_body(kind, page=ERRORS_PAGE)
    always = (NO_SNIFFING, (b"vary", b"accept"))
    return Refusal(
        page=answer_with(kind.status, HTML, content, PAGE_POLICY, *always, *headers),
        problem=answer_with(kind.status, PROBLEM_JSON, problem, *always, *headers),
    )


def redirect(
    location: bytes,
    *,
    status: RedirectStatus = RedirectStatus.TEMPORARY,
    cache_seconds: int = 0,
) -> Answer:
    """Return the answer that sends a visitor to *location*.

    The visitor's browser may remember it for *cache_seconds*; no proxy may.
    """
    caching = _NOT_STORED
    if cache_seconds > 0:
        caching = (b"cache-control", b"private, max-age=%d" % cache_seconds)
    return Answer(status, [(b"location", location), caching, _NO_BODY], b"")


UNKNOWN_CODE = _refusal(
    ERRORS[LinkNotFound.code],
    title="There is no such short link",
    text="Check it for typing errors: small and capital letters differ.",
)

NO_SUCH_PAGE = _refusal(
    statuses.NO_SUCH_PAGE,
    title="There is no such page",
    text="The short link may work nevertheless.",
)

REFUSALS: Final[Mapping[Outcome, Refusal]] = {
    Outcome.NOT_FOUND: NO_SUCH_PAGE,
    Outcome.DELETED: _refusal(
        ERRORS[LinkDeleted.code],
        title="This link was deleted",
        text="Its short code is not used again.",
    ),
    Outcome.DISABLED: _refusal(
        ERRORS[LinkDisabled.code],
        title="This link is turned off",
        text="Ask the person who gave it to you.",
    ),
    # As for a code without a link: only its owner may publish when it will be valid.
    Outcome.NOT_YET_VALID: _refusal(
        ERRORS[LinkNotYetValid.code],
        title="This link is not valid yet",
        text="Please try again later.",
    ),
    Outcome.EXPIRED: _refusal(
        ERRORS[LinkExpired.code],
        title="This link has expired",
        text="Ask the person who gave it to you for a new one.",
    ),
}
"""Answers to visitors who are sent nowhere."""

UNAVAILABLE = _refusal(
    ERRORS[BackendUnavailable.code],
    title="This link cannot be looked up at the moment",
    text="The link is not lost. Please try again in a few seconds.",
    headers=(RETRY_AFTER,),
)

# Trying again does not help, and the visitor cannot repair the server.
_UNUSABLE = {
    error.code: _refusal(
        ERRORS[error.code],
        title="This link cannot be looked up",
        text="Something is wrong with this server. Its operator has to repair it.",
    )
    for error in (DatabaseDamaged, DatabaseGone, DatabaseNotWritable)
}

METHOD_NOT_ALLOWED = _refusal(
    statuses.METHOD_NOT_ALLOWED,
    title="Short links can only be followed",
    text="Use the method GET or HEAD.",
    headers=((b"allow", b"GET, HEAD"),),
)


def unavailable(error: BackendUnavailable) -> Refusal:
    """Return the answer for a visitor whose link cannot be looked up."""
    return _UNUSABLE.get(error.code, UNAVAILABLE)
