"""Visitors of links with any options get what `contracts/visits` says."""

import re
from collections.abc import Mapping
from datetime import datetime
from itertools import combinations
from typing import Final

import msgspec
import pytest
from scripts.vectors.factors import LINKS, OPEN_LINKS, VISITS, fits, rows
from scripts.vectors.visits import FILE, file_text

from tests.contract.vectors.files import Case, cases, name_of
from tests.unit.edge.parts import Edge, Sent, request, the_rest
from waypost.domain.links import Link
from waypost.edge.pages.link_pages import LinkPages
from waypost.edge.pages.logos import Logos
from waypost.edge.pages.qr_codes import QrCodes
from waypost.edge.pages.unknown_paths import UnknownPaths
from waypost.http.asgi import Message
from waypost.wire.link_options import decode_options

CONFIRM: Final = re.compile(rb'name="confirm" value="([^"]+)"')


class Answered(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What a visit gets."""

    status: int
    location: str | None
    cache_control: str
    content_type: str | None
    clicks: int


class Visited(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A visit."""

    method: str
    url: str
    headers: Mapping[str, str]
    answer: Answered
    body: str = ""
    goes_on: bool = False


class VisitedLink(Case, frozen=True, kw_only=True):
    """A link and its visits."""

    code: str
    target: str
    deleted_at: datetime | None
    options: msgspec.Raw
    visits: list[Visited]

    def link(self) -> Link:
        """Return the link."""
        moment = datetime.fromisoformat("2026-01-01T00:00:00Z")
        return Link(
            id=7,
            code=self.code,
            target=self.target,
            created_at=moment,
            updated_at=moment,
            version=2,
            options=decode_options(self.options),
            deleted_at=self.deleted_at,
        )


async def edge_with(link: Link) -> Edge:
    """Return an edge as it is served without the rest of the product."""
    edge = Edge(attempts=1_000)
    edge.app = edge.with_fallback(
        LinkPages(
            lookups=edge.lookups,
            domains=edge.domains,
            budgets=edge.budgets,
            qr_codes=QrCodes(Logos(edge.storage.domains)),
            proxies=edge.proxies,
            fallback=UnknownPaths(frozenset(), the_rest),
        )
    )
    async with edge.storage.transaction() as transaction:
        await transaction.links.add([link])
    return edge


async def answer_to(edge: Edge, visit: Visited, *, before: bytes) -> Sent:
    """Return what *edge* answers; *before* is the page that the visitor has seen."""
    body = visit.body.encode()
    if visit.goes_on:
        found = CONFIRM.search(before)
        assert found, before
        body = b"confirm=" + found[1]

    async def receive() -> Message:
        return {"type": "http.request", "body": body, "more_body": False}

    path, _, query = visit.url.partition("?")
    headers = [(name.encode(), text.encode()) for name, text in visit.headers.items()]
    sent = Sent()
    scope = request(path, method=visit.method, headers=headers, query=query.encode())
    await edge.app(scope, receive, sent.send)
    return sent


@pytest.mark.parametrize("case", cases("visits/visits.json", VisitedLink), ids=name_of)
async def test_visits(case: VisitedLink) -> None:
    """An edge without the rest of the product answers each of them so, in turn."""
    edge = await edge_with(case.link())
    page = b""
    for visit in case.visits:
        sent = await answer_to(edge, visit, before=page)
        page = sent.body
        texts = {name.decode(): text.decode() for name, text in sent.headers.items()}
        seen = Answered(
            int(str(sent.status)),
            texts.get("location"),
            texts["cache-control"],
            texts.get("content-type"),
            len(edge.recorder.committed),
        )
        assert seen == visit.answer, visit


def test_the_file_is_what_is_generated() -> None:
    """After a change of the model, `python -m scripts.vectors` was run."""
    assert FILE.read_text("utf-8") == file_text()


@pytest.mark.slow
@pytest.mark.parametrize("links", [OPEN_LINKS, LINKS], ids=["open", "all"])
def test_every_pair_occurs(links: Mapping[str, tuple[object, ...]]) -> None:
    """Every two values stand in one case, of those that may stand together."""
    factors = {**links, **VISITS}
    found = {
        pair
        for row in rows()
        if row.keys() <= factors.keys()
        for pair in combinations(sorted(row.items()), 2)
        if all(value in factors[name] for name, value in row.items())
    }
    wanted = {
        ((one, value), (other, another))
        for one, other in combinations(sorted(factors), 2)
        for value in factors[one]
        for another in factors[other]
        if fits({one: value, other: another})
    }
    assert wanted <= found
