"""Which visits are orphans, and what is noted of them."""

import time

import pytest

from tests.unit.edge.parts import Edge, answer, request
from waypost.domain.analytics.orphans import MAX_TEXT, Orphan, OrphanKind
from waypost.edge.pages.link_pages import LinkPages
from waypost.edge.pages.logos import Logos
from waypost.edge.pages.qr_codes import QrCodes
from waypost.http.client_address import TrustedProxies

CODE, PATH, BASE = (
    OrphanKind.UNKNOWN_CODE,
    OrphanKind.UNKNOWN_PATH,
    OrphanKind.BASE_URL,
)
BROWSER = b"Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"


@pytest.fixture
async def edge() -> Edge:
    """An edge whose store has one link, `abc1234`."""
    edge = Edge()
    await edge.add_link("abc1234")
    return edge


def noted(edge: Edge) -> list[tuple[OrphanKind, str]]:
    """Return kinds and texts of what the edge has noted."""
    return [(orphan.kind, orphan.text) for orphan in edge.orphans]


@pytest.mark.parametrize(
    ("path", "kind", "text"),
    [
        ("/", BASE, ""),
        ("/nosuch1", CODE, "nosuch1"),
        ("/nosuch1/", CODE, "nosuch1"),
        ("/wp-login.php", CODE, "wp-login.php"),
        ("/a/b", PATH, "a/b"),
        ("/abc1234/more", PATH, "abc1234/more"),
        ("/abc1234,", PATH, "abc1234,"),
        ("/.env", PATH, ".env"),
        ("//", PATH, "/"),
        ("/" + "x" * 200, PATH, "x" * MAX_TEXT),
        ("/\x1b[2J\x00\u202e", PATH, "\ufffd[2J\ufffd\ufffd"),
        ("/\ud800", PATH, "\ufffd"),
        ("/e\u0301t\u00e9", CODE, "\u00e9t\u00e9"),
    ],
)
async def test_what_belongs_to_no_link_is_noted(
    edge: Edge, path: str, kind: OrphanKind, text: str
) -> None:
    """By kind, with a bounded text that is safe to be shown."""
    await answer(edge, request(path))
    await answer(edge, request(path))  # from the memory of absent codes
    assert noted(edge) == [(kind, text)] * 2


@pytest.mark.parametrize(
    "path",
    [
        *("/abc1234", "/favicon.ico", "/robots.txt", "/api/v1/links", "/docs"),
        *("/metrics", "/Admin/x", "/apple-touch-icon-120x120.png"),
        *("/.well-known/security.txt",),
    ],
)
async def test_links_and_own_pages_are_no_orphans(edge: Edge, path: str) -> None:
    """Nor are files that browsers ask for by themselves."""
    await answer(edge, request(path))
    assert noted(edge) == []


async def test_pages_of_links_are_no_orphans_of_known_codes(edge: Edge) -> None:
    """A page about a code that no link has is a visit of this code."""
    pages = LinkPages(
        proxies=TrustedProxies([]),
        lookups=edge.lookups,
        domains=edge.domains,
        budgets=edge.budgets,
        qr_codes=QrCodes(Logos(edge.storage.domains)),
        fallback=edge.rest,
        orphans=edge.notes,
    )
    edge.app = edge.with_fallback(pages)
    for path in ("/abc1234+", "/abc1234/qr.svg", "/nosuch1+", "/nosuch2/qr.png"):
        await answer(edge, request(path))
        await answer(edge, request(path, method="HEAD"))
    assert noted(edge) == [(CODE, "nosuch1"), (CODE, "nosuch2")]


@pytest.mark.parametrize("path", ["/", "/nosuch1", "/a/b"])
@pytest.mark.parametrize("method", ["HEAD", "POST", "OPTIONS"])
async def test_only_get_is_a_visit(edge: Edge, path: str, method: str) -> None:
    """HEAD is asked by programs that check links."""
    await answer(edge, request(path, method=method))
    assert noted(edge) == []


@pytest.mark.parametrize(
    ("headers", "is_machine"),
    [
        ([(b"user-agent", BROWSER)], False),
        ([], True),
        ([(b"user-agent", b"curl/8.5.0")], True),
        ([(b"user-agent", b"Mozilla/5.0 (compatible; Googlebot/2.1)")], True),
        ([(b"sec-purpose", b"prefetch;prerender"), (b"user-agent", BROWSER)], True),
        ([(b"user-agent", BROWSER), (b"x-moz", b"prefetch")], True),
        ([(b"user-agent", BROWSER), (b"purpose", b"other")], False),
        ([(b"user-agent", BROWSER + b" " * 600 + b"bot")], False),
    ],
)
async def test_machines_are_distinguished_from_people(
    edge: Edge, headers: list[tuple[bytes, bytes]], *, is_machine: bool
) -> None:
    """By the purpose and the words of the user agent."""
    before = time.time_ns() // 1_000_000
    await answer(edge, request("/nosuch1", headers=headers))
    (orphan,) = edge.orphans
    assert isinstance(orphan, Orphan)
    assert orphan.is_machine is is_machine
    assert before <= orphan.time_ms <= time.time_ns() // 1_000_000


async def test_nothing_is_noted_without_reports() -> None:
    """An edge without a recorder answers the same."""
    edge = Edge(has_orphans=False)
    assert (await answer(edge, request("/nosuch1"))).status == 404
    assert (await answer(edge, request("/"))).status == 418
    assert noted(edge) == []
