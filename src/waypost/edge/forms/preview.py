"""The page that shows where a link leads, for people who look before they follow."""

from typing import Final
from urllib.parse import urlsplit

import msgspec

from waypost.domain.links import path_of
from waypost.domain.verdict import LinkState
from waypost.http.answers import Answer, answer_with
from waypost.http.headers import JSON, NO_SNIFFING, VARY_ACCEPT, Header
from waypost.http.pages import page_answer, wants_page
from waypost.ports.near_cache import NearEntry

_NOT_INDEXED: Final[Header] = (b"x-robots-tag", b"noindex")
_TITLE: Final = "Where this short link leads"
_SECRET_TITLE: Final = "This short link needs a password"  # noqa: S105  # of a page


class _Preview(msgspec.Struct, frozen=True):
    """The same for programs."""

    short_url: str
    title: str | None
    url: str | None
    state: LinkState


def preview(
    entry: NearEntry,
    url: str | None,
    *,
    base_url: str,
    accept: bytes,
    confirm: str = "",
) -> Answer:
    """Return what is shown of the link *entry*, which leads to *url*.

    None: only those learn it who know the link's password. It is a page, or JSON for
    clients whose `Accept` names no HTML. The page leads to the link, or has a form that
    sends *confirm* to the address at which it was asked for.
    """
    path = path_of(entry.code)
    if wants_page(accept):
        return page_answer(
            200,
            "preview.html",
            _NOT_INDEXED,
            has_form=bool(confirm),
            title=_SECRET_TITLE if url is None else _TITLE,
            host=urlsplit(url or "").hostname or "",
            url=url,
            path=path,
            short_url=base_url + path,
            link_title=entry.title,
            confirm=confirm,
        )
    seen = _Preview(base_url + path, entry.title, url, _state_of(entry))
    body = msgspec.json.encode(seen)
    return answer_with(200, JSON, body, NO_SNIFFING, VARY_ACCEPT, _NOT_INDEXED)


def _state_of(entry: NearEntry) -> LinkState:
    """Return what a link is that has a preview: in other states there is none."""
    plan = entry.plan
    is_warned_of = plan is not None and plan.options.quarantine is not None
    return LinkState.QUARANTINED if is_warned_of else LinkState.ACTIVE
