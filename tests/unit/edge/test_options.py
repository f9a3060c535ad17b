"""Links on which something is set: GET and HEAD ask the one verdict."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from tests.unit.edge.parts import TARGET, Edge, answer, request
from waypost.domain.links import Link
from waypost.domain.options import LinkOptions, RedirectStatus, Utm

THEN = datetime(2026, 1, 1, tzinfo=UTC)
NOW = datetime.now(UTC)
LATER, EARLIER = NOW + timedelta(days=1), NOW - timedelta(days=1)
OVER = "https://example.com/over"


@pytest.fixture
def edge() -> Edge:
    """An edge whose store is empty."""
    return Edge()


async def store(
    edge: Edge, options: LinkOptions, *, code: str = "abc1234", link_id: int = 1
) -> Link:
    """Store a link with *options*, and return it."""
    link = Link(
        id=link_id,
        code=code,
        target=TARGET,
        created_at=THEN,
        updated_at=THEN,
        version=2,
        options=options,
    )
    async with edge.storage.transaction() as transaction:
        await transaction.links.add([link])
    return link


@pytest.mark.parametrize(
    ("options", "status", "location", "clicks"),
    [
        (LinkOptions(title="Spring"), 307, TARGET, 1),
        (LinkOptions(disabled=True), 410, None, 0),
        (LinkOptions(valid_since=LATER), 404, None, 0),
        (LinkOptions(valid_since=EARLIER, valid_until=LATER), 307, TARGET, 1),
        (LinkOptions(valid_until=EARLIER), 410, None, 0),
        (LinkOptions(valid_until=EARLIER, expired_url=OVER), 302, OVER, 0),
        (LinkOptions(redirect_status=RedirectStatus.FOUND), 302, TARGET, 1),
        (LinkOptions(forward_query=True), 307, f"{TARGET}&y=2", 1),
        (LinkOptions(utm=Utm(source="ad")), 307, f"{TARGET}&utm_source=ad", 1),
    ],
)
async def test_options(
    edge: Edge, options: LinkOptions, status: int, location: str | None, clicks: int
) -> None:
    """Both methods get the same answer, and only visits of the target are clicks.

    The link is looked up at the first visit, and cached at the second.
    """
    await store(edge, options)
    for _ in range(2):
        sent = await answer(edge, request("/abc1234", query=b"y=2"))
        assert sent.status == status
        assert sent.headers.get(b"location") == (location and location.encode())
        looked = await answer(edge, request("/abc1234", method="HEAD", query=b"y=2"))
        assert (looked.status, looked.headers) == (sent.status, sent.headers)
    assert len(edge.recorder.committed) == clicks * 2
    assert edge.tally.near_redirects + edge.tally.store_redirects == clicks * 2


async def test_links_that_stay_on_the_straight_road(edge: Edge) -> None:
    """What no visit depends on is compiled once: nothing is decided at a visit."""
    campaign = Utm(source="ad", term="shoes")
    for number, options in enumerate(
        [LinkOptions(title="x"), LinkOptions(utm=campaign)]
    ):
        code = f"straight{number}"
        await store(edge, options, code=code, link_id=number + 1)
        entry = await edge.lookups.find(code)
        assert entry is not None
        assert entry.plan is None
        assert entry.location.startswith(TARGET.encode())


async def test_a_deleted_link_is_gone(edge: Edge) -> None:
    """Its answer differs from that of a code that no link ever had."""
    link = await store(edge, LinkOptions())
    async with edge.storage.transaction() as transaction:
        await transaction.links.change(replace(link, version=3, deleted_at=THEN))
    sent = await answer(edge, request("/abc1234"))
    assert sent.status == 410
    assert b"link-deleted" in sent.body


async def test_a_code_of_another_script(edge: Edge) -> None:
    """However its letters are composed, it is the same code."""
    await store(edge, LinkOptions(), code="caf\u00e9")
    for path in ("/caf\u00e9", "/cafe\u0301", "/caf\u00e9/"):
        assert (await answer(edge, request(path))).status == 307


@pytest.mark.parametrize(
    ("path", "status", "location"),
    [
        ("/abc1234/a/b/", 307, "https://example.com/page/a/b/?x=1"),
        ("/abc1234/qr.svg/a", 307, "https://example.com/page/qr.svg/a?x=1"),
        ("/abc1234/", 307, TARGET),
        ("/abc1234/../b", 404, None),
        ("/abc1234//", 404, None),
        ("/abc1234/qr.svg", 418, None),
        ("/abc1234/qr.png", 418, None),
        ("/abc1234+/a", 418, None),
        ("/docs/a", 418, None),
        ("/unknown/a", 418, None),
        ("/plain/a", 418, None),
        ("/expiring/a", 418, None),
        ("/.env/a", 418, None),
    ],
)
async def test_paths_below_a_code(
    edge: Edge, path: str, status: int, location: str | None
) -> None:
    """They are passed on by links that say so, and are no visits of the others.

    The link is looked up at the first visit, and cached at the second.
    """
    await store(edge, LinkOptions(forward_path=True))
    await store(edge, LinkOptions(valid_until=LATER), code="expiring", link_id=2)
    await edge.add_link("plain", link_id=3)
    for _ in range(2):
        sent = await answer(edge, request(path))
        assert sent.status == status
        assert sent.headers.get(b"location") == (location and location.encode())
        looked = await answer(edge, request(path, method="HEAD"))
        assert (looked.status, looked.headers) == (sent.status, sent.headers)
        posted = await answer(edge, request(path, method="POST"))
        assert posted.status == (405 if path == "/abc1234/" else 418)
    clicks = 2 if location else 0
    assert len(edge.recorder.committed) == clicks
    assert edge.tally.near_redirects + edge.tally.store_redirects == clicks


async def test_a_path_below_a_deleted_link(edge: Edge) -> None:
    """It is gone as the link is."""
    link = await store(edge, LinkOptions(forward_path=True))
    async with edge.storage.transaction() as transaction:
        await transaction.links.change(replace(link, version=3, deleted_at=THEN))
    assert (await answer(edge, request("/abc1234/a"))).status == 410
