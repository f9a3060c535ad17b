"""Pages as answers: with the headers that keep a browser from loading or running more.

Templates are in `web/templates`; `frame.html` is the one that the others extend.
"""

from typing import Final

from waypost.http.answers import Answer, answer_with
from waypost.http.headers import HTML, NO_SNIFFING, VARY_ACCEPT, Header
from waypost.web.rendering import STYLE_SOURCE, render

_NOTHING_ELSE: Final = (
    "default-src 'none'; base-uri 'none'; frame-ancestors 'none'; img-src 'self'; "
    f"style-src {STYLE_SOURCE}"
)
FIXED: Final[tuple[Header, ...]] = (
    NO_SNIFFING,
    VARY_ACCEPT,
    (b"x-frame-options", b"DENY"),
    (b"referrer-policy", b"no-referrer"),
    (b"cross-origin-opener-policy", b"same-origin"),
    (b"permissions-policy", b"camera=(), geolocation=(), microphone=(), payment=()"),
)
"""Headers of every page besides its content security policy."""


def policy(*, has_form: bool = False) -> Header:
    """Return the content security policy of a page.

    A page that has a form may send it, and the answer may lead anywhere: browsers hold
    `form-action` against redirects as well, and a link's target is any URL.
    """
    forms = "" if has_form else "; form-action 'none'"
    return (b"content-security-policy", f"{_NOTHING_ELSE}{forms}".encode())


def page_answer(
    status: int,
    template: str,
    /,
    *headers: Header,
    has_form: bool = False,
    **values: object,
) -> Answer:
    """Return the page that *template* makes of *values*, which no cache may store.

    The template has the *status* as well.
    """
    body = render(template, {"status": int(status), **values})
    return answer_with(status, HTML, body, policy(has_form=has_form), *FIXED, *headers)


def wants_page(accept: bytes) -> bool:
    """Return whether a client with this `Accept` gets a page rather than data."""
    return b"text/html" in accept
