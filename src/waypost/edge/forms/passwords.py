"""Asking visitors for the password of a link, and what they present as one."""

from base64 import b64decode
from collections.abc import Mapping
from dataclasses import replace
from typing import Final

from waypost.domain.links import path_of
from waypost.domain.passwords.errors import (
    PasswordRequired,
    TooManyAttempts,
    WrongPassword,
)
from waypost.domain.passwords.texts import MAX_PASSWORD
from waypost.domain.verdict import Outcome
from waypost.edge.answers import Refusal
from waypost.http.answers import Answer, answer_with
from waypost.http.asgi import Scope
from waypost.http.headers import NO_SNIFFING, PROBLEM_JSON, VARY_ACCEPT, Header
from waypost.http.pages import page_answer
from waypost.http.problems import ERRORS_PAGE, problem_body
from waypost.http.statuses import ERRORS, ErrorKind

_KINDS: Final[Mapping[Outcome, ErrorKind]] = {
    Outcome.PASSWORD_REQUIRED: ERRORS[PasswordRequired.code],
    Outcome.WRONG_PASSWORD: ERRORS[WrongPassword.code],
}
# Not Basic, for which browsers open a window of their own that explains nothing.
_FORM: Final[Header] = (b"www-authenticate", b"Form")
_BASIC: Final = "basic"
_MAX_BASIC: Final = 4 * MAX_PASSWORD * 2
"""Bytes of a name and a password that are read."""


def password_page(outcome: Outcome) -> Answer:
    """Return the page that asks for the password; await `web.rendering.loaded` before.

    Browsers show it instead of a window of their own.
    """
    kind = _KINDS[outcome]
    return page_answer(
        kind.status,
        "password.html",
        _FORM,
        has_form=True,
        title="This link needs a password",
        is_wrong=outcome is Outcome.WRONG_PASSWORD,
        most=MAX_PASSWORD,
    )


def password_problem(outcome: Outcome, *, code: str) -> Answer:
    """Return the same for programs, about the link *code*."""
    kind = _KINDS[outcome]
    basic = f'Basic realm="{path_of(code)}", charset="UTF-8"'.encode("ascii")
    body = problem_body(kind, page=ERRORS_PAGE)
    asking = (b"www-authenticate", basic)
    return answer_with(
        kind.status, PROBLEM_JSON, body, NO_SNIFFING, VARY_ACCEPT, asking
    )


def too_many_attempts(error: TooManyAttempts) -> Refusal:
    """Return the answer for a client who has tried too often."""
    title, seconds = "Too many passwords were tried", error.wait_seconds
    text = f"Try again in {seconds} {'seconds' if seconds > 1 else 'second'}."
    kind = replace(ERRORS[error.code], detail=f"{title}. {text}")
    waiting = (b"retry-after", str(seconds).encode())
    return Refusal(kind=kind, title=title, text=text, headers=(waiting,))


def basic_password(scope: Scope) -> str | None:
    """Return the password that a request presents by HTTP Basic (RFC 7617).

    None: there is none. The name before it may be any.
    """
    header: bytes = dict(scope["headers"]).get(b"authorization", b"")
    scheme, _, credentials = header.decode("latin-1").partition(" ")
    if scheme.lower() != _BASIC or len(credentials) > _MAX_BASIC:
        return None
    try:
        _, colon, password = b64decode(credentials.strip(), validate=True).partition(
            b":"
        )
        return password.decode() if colon and password else None
    except ValueError:
        return None
