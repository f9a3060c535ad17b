"""The page that shows where a link leads, for people who look before they follow."""

from html import escape
from typing import Final
from urllib.parse import urlsplit

import msgspec

from waypost.domain.links import path_of
from waypost.edge.page import PAGE_POLICY, page
from waypost.http.answers import Answer, answer_with
from waypost.http.headers import HTML, JSON, NO_SNIFFING

_TITLE: Final = "Where this short link leads"
_CONTENT: Final = """<p>To <strong>{host}</strong>:</p>
<p><code>{url}</code></p>
<p><a href="{path}" rel="noreferrer nofollow">Follow the link</a></p>"""


class _Preview(msgspec.Struct, frozen=True):
    """The same for programs."""

    short_url: str
    url: str


def preview(code: str, url: str, *, base_url: str, accept: bytes) -> Answer:
    """Return what is shown of the link *code*, which leads to *url*.

    It is a page, or JSON for clients whose `Accept` names no HTML.
    """
    always = (NO_SNIFFING, (b"vary", b"accept"), (b"x-robots-tag", b"noindex"))
    path = path_of(code)
    if b"text/html" not in accept:
        body = msgspec.json.encode(_Preview(base_url + path, url))
        return answer_with(200, JSON, body, *always)
    content = _CONTENT.format(
        host=escape(urlsplit(url).hostname or ""), url=escape(url), path=escape(path)
    )
    return answer_with(200, HTML, page(_TITLE, content), PAGE_POLICY, *always)
