"""Visits of several domains: whose link it is, and where others are sent."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from tests.unit.edge.parts import Edge, Sent, answer, request
from waypost.domain.domains.domains import DomainState, LinkDomain
from waypost.domain.domains.well_known import WellKnown
from waypost.domain.errors import BackendUnavailable
from waypost.domain.links import Link
from waypost.domain.options import LinkOptions
from waypost.edge.pages.link_pages import LinkPages
from waypost.edge.pages.logos import Logos
from waypost.edge.pages.qr_codes import QrCodes

ACME = "go.acme.com"
OURS = "https://ours.example/"
THEIRS = "https://theirs.example/"
LONG_AGO = datetime(2020, 1, 1, tzinfo=UTC)


@pytest.fixture
async def edge() -> Edge:
    """An edge with the code `spring` in two domains."""
    edge = Edge()
    edge.app = edge.with_fallback(
        LinkPages(
            proxies=edge.proxies,
            lookups=edge.lookups,
            domains=edge.domains,
            budgets=edge.budgets,
            qr_codes=QrCodes(Logos(edge.storage.domains)),
            fallback=edge.app._fallback,
            orphans=edge.notes,
        )
    )
    await put(edge, LinkDomain(host=ACME))
    await edge.add_link("spring", link_id=1, target=OURS)
    await edge.add_link("spring", link_id=2, domain=ACME, target=THEIRS)
    return edge


async def put(edge: Edge, *domains: LinkDomain) -> None:
    """Store *domains*, and have the edge know them."""
    async with edge.storage.transaction() as transaction:
        for domain in domains:
            await transaction.domains.put(
                replace(domain, created_at=LONG_AGO, updated_at=LONG_AGO)
            )
    await edge.known.refresh()


async def visit(
    edge: Edge,
    path: str,
    host: bytes,
    *more: tuple[bytes, bytes],
    peer: str = "192.0.2.1",
    method: str = "GET",
) -> Sent:
    """Return the answer to a visit of *host*."""
    headers = [(b"host", host), *more]
    return await answer(edge, request(path, headers=headers, peer=peer, method=method))


def location(sent: Sent) -> str:
    """Return where a visitor is sent."""
    return sent.headers[b"location"].decode()


@pytest.mark.parametrize(
    ("host", "target"),
    [
        (b"go.acme.com", THEIRS),
        (b"GO.Acme.com", THEIRS),
        (b"go.acme.com:8443", THEIRS),
        (b"go.acme.com.", THEIRS),
        (b"go.example.com", OURS),
        (b"unknown.example", OURS),
        (b"[::1]:80", OURS),
        (b"", OURS),
    ],
)
async def test_the_host_chooses_the_domain(
    edge: Edge, host: bytes, target: str
) -> None:
    """In any spelling; an unknown one means the domain of the base URL."""
    for _ in range(2):  # looked up, and cached
        assert location(await visit(edge, "/spring", host)) == target


@pytest.mark.parametrize(
    "header",
    [
        (b"x-forwarded-host", b"go.acme.com"),
        (b"x-forwarded-host", b"go.acme.com, inner:8000"),
        (b"forwarded", b"for=192.0.2.9;host=go.acme.com"),
        (b"forwarded", b'for=192.0.2.9; host="go.acme.com:443", for=10.0.0.1'),
    ],
)
async def test_a_trusted_proxy_says_the_host(
    edge: Edge, header: tuple[bytes, bytes]
) -> None:
    """What others say beside `Host` counts for nothing."""
    trusted = await visit(edge, "/spring", b"inner:8000", header, peer="10.0.0.1")
    assert location(trusted) == THEIRS
    other = await visit(edge, "/spring", b"inner:8000", header)
    assert location(other) == OURS


async def test_a_code_is_unknown_where_only_another_domain_has_it(edge: Edge) -> None:
    """The absence is remembered for this domain alone, and noted with it."""
    await edge.add_link("only", link_id=3, domain=ACME, target=THEIRS)
    assert (await visit(edge, "/only", b"go.example.com")).status == 404
    assert (await visit(edge, "/only", b"go.acme.com")).status == 307
    assert (await visit(edge, "/gone", b"go.acme.com")).status == 404
    noted = [(each.text, each.domain) for each in edge.orphans]
    assert noted == [("only", ""), ("gone", ACME)]


@pytest.mark.parametrize("path", ["/go.acme.com/spring", "/go.acme.com%2Fspring"])
async def test_a_path_names_no_other_domain(edge: Edge, path: str) -> None:
    """The key of another domain's link is no path."""
    assert location(await visit(edge, "/spring", b"go.acme.com")) == THEIRS
    assert (await visit(edge, path, b"go.example.com")).body == b"the rest"


async def test_a_click_is_of_the_link_that_was_followed(edge: Edge) -> None:
    """The id distinguishes the links that have one code."""
    await visit(edge, "/spring", b"go.acme.com")
    await visit(edge, "/spring", b"go.example.com")
    assert [click.link_id for click in edge.recorder.committed] == [2, 1]


async def test_a_change_reaches_the_domain_that_it_is_of(edge: Edge) -> None:
    """Invalidating one domain's link leaves the other one's alone."""
    for host in (b"go.acme.com", b"go.example.com"):
        await visit(edge, "/spring", host)
    edge.lookups.invalidate(f"{ACME}/spring", 2)
    assert edge.lookups.held(f"{ACME}/spring") is None
    assert edge.lookups.held("spring") is not None


@pytest.mark.parametrize("host", [b"go.acme.com", b"go.example.com"])
@pytest.mark.parametrize("method", ["GET", "HEAD"])
async def test_visitors_without_a_link_go_where_the_domain_says(
    edge: Edge, host: bytes, method: str
) -> None:
    """The root, unknown codes, other paths and links that are over: each elsewhere."""
    domain = "" if host == b"go.example.com" else ACME
    urls = LinkDomain(
        host=domain,
        root_url="https://acme.com/root",
        not_found_url="https://acme.com/404",
        unknown_path_url="https://acme.com/path",
        expired_url="https://acme.com/over",
    )
    await put(edge, urls)
    over = Link(
        id=9,
        code="over",
        domain=domain,
        target=OURS,
        created_at=LONG_AGO,
        updated_at=LONG_AGO,
        version=2,
        options=LinkOptions(valid_until=LONG_AGO),
    )
    async with edge.storage.transaction() as transaction:
        await transaction.links.add([over])
    for path, url in (
        ("/", urls.root_url),
        ("/unused", urls.not_found_url),
        ("/unused+", urls.not_found_url),
        ("/no/path", urls.unknown_path_url),
        ("/over", urls.expired_url),
    ):
        sent = await visit(edge, path, host, method=method)
        assert (sent.status, location(sent)) == (302, url), path
        assert sent.headers[b"cache-control"] == b"private, no-store"
    for path in ("/favicon.ico", "/api/v1/links", "/docs"):
        assert b"location" not in (await visit(edge, path, host)).headers
    assert edge.recorder.committed == []


async def test_the_end_of_a_link_comes_before_that_of_its_domain(edge: Edge) -> None:
    """A link that says where visitors go is heeded."""
    await put(edge, LinkDomain(host=ACME, expired_url="https://acme.com/over"))
    own = LinkOptions(valid_until=LONG_AGO, expired_url=THEIRS)
    link = Link(
        id=9,
        code="over",
        domain=ACME,
        target=OURS,
        created_at=LONG_AGO,
        updated_at=LONG_AGO,
        version=2,
        options=own,
    )
    async with edge.storage.transaction() as transaction:
        await transaction.links.add([link])
    assert location(await visit(edge, "/over", b"go.acme.com")) == THEIRS


async def test_links_of_a_disabled_domain_lead_nowhere(edge: Edge) -> None:
    """Also where they are cached, and the pages about them; other domains go on."""
    await visit(edge, "/spring", b"go.acme.com")
    off = LinkDomain(
        host=ACME, state=DomainState.DISABLED, not_found_url="https://acme.com/404"
    )
    await put(edge, off)
    for path in ("/spring", "/spring+", "/spring/qr.svg", "/unused"):
        assert (await visit(edge, path, b"go.acme.com")).status == 410
    assert location(await visit(edge, "/spring", b"go.example.com")) == OURS


async def test_case_makes_no_difference_where_the_domain_says_so(edge: Edge) -> None:
    """Cached or not; in other domains it does."""
    await put(edge, LinkDomain(host=ACME, case_sensitive=False))
    for path in ("/Spring", "/SPRING", "/spring", "/SprinG/"):
        assert location(await visit(edge, path, b"go.acme.com")) == THEIRS
    assert (await visit(edge, "/Spring", b"go.example.com")).status == 404


async def test_pages_name_the_domain(edge: Edge) -> None:
    """The page about a link shows the URL under its own domain."""
    sent = await visit(edge, "/spring+", b"go.acme.com")
    assert b'"short_url":"https://go.acme.com/spring"' in sent.body


@pytest.mark.parametrize(
    ("host", "claimed", "caching"),
    [
        (b"go.example.com", b"go.acme.com", b"private"),
        (b"go.acme.com", b"go.acme.com", b"public"),
        (b"go.acme.com", b"", b"public"),
    ],
)
async def test_a_shared_cache_keeps_no_image_of_a_claimed_domain(
    edge: Edge, host: bytes, claimed: bytes, caching: bytes
) -> None:
    """A proxy may pass on what a visitor claims, and keep the answer for all others."""
    header = (b"x-forwarded-host", claimed)
    sent = await visit(edge, "/spring/qr.svg", host, header, peer="10.0.0.1")
    assert sent.headers[b"cache-control"].partition(b",")[0] == caching


async def test_what_was_known_stays_while_the_store_is_away(
    edge: Edge, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A table that cannot be read again is kept."""
    known = edge.known.table

    async def fail() -> list[LinkDomain]:
        raise BackendUnavailable

    monkeypatch.setattr(edge.storage.domains, "all", fail)
    with pytest.raises(BackendUnavailable):
        await edge.known.refresh()
    assert edge.known.table is known
    assert location(await visit(edge, "/spring", b"go.acme.com")) == THEIRS


async def test_documents_of_apps(edge: Edge) -> None:
    """Each domain has its own; what only a visitor claims is kept by no cache."""
    paths = [f"/.well-known/{name.value}" for name in WellKnown]
    documents = tuple((name.value, f'["{name}"]') for name in WellKnown)
    await put(edge, LinkDomain(host=ACME, well_known=documents))
    for path, (_, text) in zip(paths, documents, strict=True):
        sent = await visit(edge, path, ACME.encode())
        assert (sent.status, sent.body) == (200, text.encode())
        assert sent.headers[b"content-type"] == b"application/json"
        assert sent.headers[b"cache-control"] == b"public, max-age=300"
        other = await visit(edge, path, b"go.example.com")
        assert other.body != text.encode()
    claim = (b"x-forwarded-host", ACME.encode())
    claimed = await visit(edge, paths[0], b"go.example.com", claim, peer="10.0.0.1")
    assert claimed.body == documents[0][1].encode()
    assert claimed.headers[b"cache-control"] == b"no-store"
    head = await visit(edge, paths[0], ACME.encode(), method="HEAD")
    assert (head.status, head.body) == (200, b"")
    posted = await visit(edge, paths[0], ACME.encode(), method="POST")
    assert posted.body != documents[0][1].encode()
    off = LinkDomain(host=ACME, well_known=documents, state=DomainState.DISABLED)
    await put(edge, off)
    assert (await visit(edge, paths[0], ACME.encode())).status != 200
