"""The page that shows where a link leads, for people who look before they follow."""

from typing import Final
from urllib.parse import urlsplit

import msgspec

from waypost.domain.links import path_of
from waypost.http.answers import Answer, answer_with
from waypost.http.headers import JSON, NO_SNIFFING, VARY_ACCEPT, Header
from waypost.http.pages import page_answer, wants_page

_NOT_INDEXED: Final[Header] = (b"x-robots-tag", b"noindex")


class _Preview(msgspec.Struct, frozen=True):
    """The same for programs."""

    short_url: str
    url: str


def preview(code: str, url: str, *, base_url: str, accept: bytes) -> Answer:
    """Return what is shown of the link *code*, which leads to *url*.

    It is a page, or JSON for clients whose `Accept` names no HTML.
    """
    path = path_of(code)
    if wants_page(accept):
        return page_answer(
            200,
            "preview.html",
            _NOT_INDEXED,
            title="Where this short link leads",
            host=urlsplit(url).hostname or "",
            url=url,
            path=path,
        )
    body = msgspec.json.encode(_Preview(base_url + path, url))
    return answer_with(200, JSON, body, NO_SNIFFING, VARY_ACCEPT, _NOT_INDEXED)
