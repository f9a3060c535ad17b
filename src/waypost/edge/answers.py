"""The edge's answers, each encoded once."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cached_property, lru_cache
from http import HTTPStatus
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
    LinkQuarantined,
    VisitRefused,
)
from waypost.domain.options import RedirectStatus
from waypost.domain.verdict import Outcome
from waypost.http import statuses
from waypost.http.answers import Answer, answer_with
from waypost.http.headers import (
    NO_SNIFFING,
    PROBLEM_JSON,
    RETRY_AFTER,
    VARY_ACCEPT,
    Header,
)
from waypost.http.pages import page_answer, wants_page
from waypost.http.problems import ERRORS_PAGE, fixed_problem_body
from waypost.http.statuses import ERRORS, ErrorKind
from waypost.web.rendering import loaded

# Makes browsers and proxies send the next click here, too.
_NOT_STORED: Header = (b"cache-control", b"private, no-store")
_NO_BODY: Header = (b"content-length", b"0")


@dataclass(frozen=True, kw_only=True)
class Refusal:
    """A refusal in both of its forms, each of them encoded when it is first needed."""

    kind: ErrorKind
    """Its detail is the title with the text."""
    title: str
    text: str
    headers: tuple[Header, ...] = ()

    @cached_property
    def page(self) -> Answer:
        """The form for people; await `web.rendering.loaded` before the first."""
        return page_answer(
            self.kind.status,
            "message.html",
            *self.headers,
            title=self.title,
            text=self.text,
            code=self.kind.code,
        )

    @cached_property
    def problem(self) -> Answer:
        """The form for programs."""
        body = fixed_problem_body(self.kind, page=ERRORS_PAGE)
        always = (NO_SNIFFING, VARY_ACCEPT)
        return answer_with(self.kind.status, PROBLEM_JSON, body, *always, *self.headers)

    async def for_accept(self, accept: bytes) -> Answer:
        """Return the form that suits a client with this `Accept` header."""
        if not wants_page(accept):
            return self.problem
        await loaded()
        return self.page


def _refusal(
    kind: ErrorKind, *, title: str, text: str, headers: tuple[Header, ...] = ()
) -> Refusal:
    kind = replace(kind, detail=f"{title}. {text}")
    return Refusal(kind=kind, title=title, text=text, headers=headers)


REMEMBERED: Final = 1_024
"""Redirects of links with options that are encoded once: few links have most of the
visitors."""
LONGEST_REMEMBERED: Final = 512
"""Characters of their locations: visitors can add a query to some, and fill this."""


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


def chosen_redirect(
    location: str, status: RedirectStatus, cache_seconds: int
) -> Answer:
    """Return the same as `redirect`; visits of a link have few different ones."""
    is_short = len(location) <= LONGEST_REMEMBERED
    return (_remembered if is_short else _redirect)(location, status, cache_seconds)


def _redirect(location: str, status: RedirectStatus, cache_seconds: int) -> Answer:
    return redirect(
        location.encode("ascii"), status=status, cache_seconds=cache_seconds
    )


_remembered: Final = lru_cache(maxsize=REMEMBERED)(_redirect)


def after_form(answer: Answer) -> Answer:
    """Return the redirect *answer* for a visitor who has sent a form."""
    location = dict(answer.headers)[b"location"]
    return redirect(location)._replace(status=HTTPStatus.SEE_OTHER)


_QUARANTINED: Final = ERRORS[LinkQuarantined.code]

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

UNKNOWN_PATH = _refusal(
    statuses.NO_SUCH_PAGE,
    title="There is nothing at this address",
    text="Check it for typing errors.",
)

REFUSALS: Final[Mapping[Outcome, Refusal]] = {
    Outcome.NOT_FOUND: NO_SUCH_PAGE,
    Outcome.DELETED: _refusal(
        ERRORS[LinkDeleted.code],
        title="This link was deleted",
        text="Its short code is not used again.",
    ),
    Outcome.BLOCKED: _refusal(
        _QUARANTINED,
        title="This link was blocked",
        text="It may be dangerous, and this server sends no visitor on. Be careful "
        "with the message in which you found it.",
    ),
    Outcome.BLOCKED_BY_LAW: _refusal(
        replace(_QUARANTINED, status=HTTPStatus.UNAVAILABLE_FOR_LEGAL_REASONS),
        title="This link was blocked for legal reasons",
        text="This server may not send you on.",
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
    Outcome.EXHAUSTED: _refusal(
        statuses.LINK_EXHAUSTED,
        title="This link is used up",
        text="Only so many people may follow it. Ask the person who gave it to you.",
    ),
    Outcome.PREFETCH_REFUSED: _refusal(
        statuses.PREFETCH_REFUSED,
        title="This link cannot be loaded early",
        text="Follow it to visit what it leads to.",
    ),
    Outcome.REFUSED: _refusal(
        ERRORS[VisitRefused.code],
        title="This link is not meant for you",
        text="Its owner has chosen who may follow it. Ask the person who gave it to "
        "you.",
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
