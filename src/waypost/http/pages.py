"""Pages as answers: with the headers that keep a browser from loading or running more.

Templates are in `web/templates`; `frame.html` is the one that the others extend.
"""

from typing import Final

from waypost.http.answers import Answer, answer_with
from waypost.http.headers import HTML, NO_SNIFFING, VARY_ACCEPT, Header
from waypost.web.rendering import STYLE_SOURCE, render

_NOTHING_ELSE: Final = "default-src 'none'; base-uri 'none'; frame-ancestors 'none'; "
_PLAIN: Final = f"{_NOTHING_ELSE}img-src 'self'; style-src {STYLE_SOURCE}"
# Swagger UI has its images in its style.
_SCRIPTED: Final = (
    f"{_NOTHING_ELSE}img-src 'self' data:; style-src 'self' {STYLE_SOURCE}; "
    "script-src 'self'; connect-src 'self'"
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


def policy(*, has_form: bool = False, has_scripts: bool = False) -> Header:
    """Return the content security policy of a page.

    Scripts and styles are files of this server, and send requests to it alone.
    A page that has a form may send it, and the answer may lead anywhere: browsers hold
    `form-action` against redirects as well, and a link's target is any URL.
    """
    sources = _SCRIPTED if has_scripts else _PLAIN
    forms = "" if has_form else "; form-action 'none'"
    return (b"content-security-policy", f"{sources}{forms}".encode())


def page_answer(
    status: int,
    template: str,
    /,
    *headers: Header,
    has_form: bool = False,
    has_scripts: bool = False,
    **values: object,
) -> Answer:
    """Return the page that *template* makes of *values*, which no cache may store.

    The template has the *status* as well.
    """
    body = render(template, {"status": int(status), **values})
    allowed = policy(has_form=has_form, has_scripts=has_scripts)
    return answer_with(status, HTML, body, allowed, *FIXED, *headers)


def wants_page(accept: bytes) -> bool:
    """Return whether a client with this `Accept` gets a page rather than data."""
    return b"text/html" in accept
