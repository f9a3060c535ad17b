"""The edge's answers, encoded once when the module is loaded."""

from dataclasses import dataclass
from http import HTTPStatus
from typing import NamedTuple

from waypost.domain.errors import (
    BackendUnavailable,
    DatabaseDamaged,
    DatabaseGone,
    DatabaseNotWritable,
    LinkNotFound,
)
from waypost.http.connections.refusals import problem_body

Header = tuple[bytes, bytes]

# `private, no-store` keeps browsers and proxies from swallowing the next click.
REDIRECT_HEADERS: tuple[Header, ...] = (
    (b"cache-control", b"private, no-store"),
    (b"content-length", b"0"),
)

ERRORS_PAGE = "/docs"
"""Where every refusal is explained."""

_PAGE = """<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="robots" content="noindex">
<title>{title}</title>
<style>
body {{ font: 1.1rem/1.5 system-ui, sans-serif; color: #1c2733; background: #f6f7f9;
  margin: 0; display: grid; place-items: center; min-height: 100vh; }}
main {{ max-width: 26rem; padding: 2rem; }}
h1 {{ font-size: 1.5rem; margin: 0 0 .5rem; }}
@media (prefers-color-scheme: dark) {{
  body {{ color: #e7ebef; background: #14191f; }} }}
</style>
</head>
<body>
<main>
<h1>{title}</h1>
<p>{text}</p>
</main>
</body>
</html>
"""


class Answer(NamedTuple):
    """A complete answer: status, headers and body."""

    status: int
    headers: list[Header]
    body: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class Refusal:
    """A refusal in both of its forms: a page for people, data for programs."""

    page: Answer
    problem: Answer

    def for_accept(self, accept: bytes) -> Answer:
        """Return the form that a client with this `Accept` header wants."""
        return self.page if b"text/html" in accept else self.problem


def _refusal(
    *,
    code: str,
    status: HTTPStatus,
    title: str,
    text: str,
    headers: tuple[Header, ...] = (),
) -> Refusal:
    page = _PAGE.format(title=title, text=text).encode()
    problem = problem_body(
        code=code, status=status, detail=f"{title}. {text}", page=ERRORS_PAGE
    )
    return Refusal(
        page=_answer(status, b"text/html; charset=utf-8", page, headers),
        problem=_answer(status, b"application/problem+json", problem, headers),
    )


def _answer(
    status: HTTPStatus, content_type: bytes, body: bytes, headers: tuple[Header, ...]
) -> Answer:
    common = [
        (b"content-type", content_type),
        (b"content-length", str(len(body)).encode()),
        (b"cache-control", b"no-store"),
        (b"x-content-type-options", b"nosniff"),
        (b"vary", b"accept"),
    ]
    return Answer(status.value, [*common, *headers], body)


UNKNOWN_CODE = _refusal(
    code=LinkNotFound.code,
    status=HTTPStatus.NOT_FOUND,
    title="There is no such short link",
    text="Check it for typing errors: small and capital letters differ.",
)

UNAVAILABLE = _refusal(
    code=BackendUnavailable.code,
    status=HTTPStatus.SERVICE_UNAVAILABLE,
    title="This link cannot be looked up at the moment",
    text="The link is not lost. Please try again in a few seconds.",
    headers=((b"retry-after", b"2"),),
)

# Trying again does not help, and what helps is not the visitor's to do.
_UNUSABLE = {
    error.code: _refusal(
        code=error.code,
        status=HTTPStatus.SERVICE_UNAVAILABLE,
        title="This link cannot be looked up",
        text="Something is wrong with this server. Its operator has to repair it.",
    )
    for error in (DatabaseDamaged, DatabaseGone, DatabaseNotWritable)
}

METHOD_NOT_ALLOWED = _refusal(
    code="method-not-allowed",
    status=HTTPStatus.METHOD_NOT_ALLOWED,
    title="Short links can only be followed",
    text="Use the method GET or HEAD.",
    headers=((b"allow", b"GET, HEAD"),),
)


def unavailable(error: BackendUnavailable) -> Refusal:
    """Return what a visitor is answered whose link cannot be looked up."""
    return _UNUSABLE.get(error.code, UNAVAILABLE)
