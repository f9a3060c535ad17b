"""The fast path for links on which something has to be decided."""

from datetime import UTC, datetime, timedelta

import pytest

from tests.integration.edge.in_memory import PLAIN, InMemoryEdge
from tests.unit.edge.parts import TARGET
from waypost.domain.abuse.quarantine import Quarantine, QuarantineMode, QuarantineReason
from waypost.domain.links import Link
from waypost.domain.options import LinkOptions, RedirectStatus

NOW = datetime.now(UTC)
BLOCKED, WARNED = (
    Quarantine(mode=mode, reason=QuarantineReason.SPAM, since=NOW)
    for mode in QuarantineMode
)
TOMORROW, YESTERDAY = NOW + timedelta(days=1), NOW - timedelta(days=1)


def request(path: bytes = b"/option", method: bytes = b"GET") -> bytes:
    """Return a request for the link that has options."""
    return b"%s %s HTTP/1.1\r\nHost: x\r\n\r\n" % (method, path)


async def prepared(options: LinkOptions) -> InMemoryEdge:
    """Return an edge that has cached `abc1234`, and `option` with *options*."""
    edge = InMemoryEdge()
    await edge.prepare()
    link = Link(
        id=2,
        code="option",
        target=TARGET,
        created_at=NOW,
        updated_at=NOW,
        version=2,
        options=options,
    )
    async with edge.edge.storage.transaction() as transaction:
        await transaction.links.add([link])
    await edge.edge.lookups.find("option")
    return edge


@pytest.mark.parametrize(
    ("options", "start", "caching"),
    [
        (LinkOptions(valid_until=TOMORROW), b"307 Temporary Redirect", b"no-store"),
        (
            LinkOptions(redirect_status=RedirectStatus.MOVED_PERMANENTLY),
            b"301 Moved Permanently",
            b"max-age=3600",
        ),
        (
            LinkOptions(redirect_status=RedirectStatus.PERMANENT),
            b"308 Permanent Redirect",
            b"max-age=3600",
        ),
        (LinkOptions(redirect_status=RedirectStatus.FOUND), b"302 Found", b"no-store"),
    ],
)
async def test_bytes_of_a_decided_redirect(
    options: LinkOptions, start: bytes, caching: bytes
) -> None:
    """They are those of the usual redirect but for what was decided."""
    client = (await prepared(options)).connect()
    usual = await client.send(PLAIN)
    decided = await client.send(request())
    assert decided.startswith(b"HTTP/1.1 %s\r\nlocation: " % start)
    assert decided == usual.replace(b"307 Temporary Redirect", start).replace(
        b"cache-control: private, no-store", b"cache-control: private, %s" % caching
    )


async def test_click_is_durable_before_any_byte_leaves() -> None:
    """Usual and decided redirects of one turn leave together, in their order."""
    edge = await prepared(LinkOptions(valid_until=TOMORROW, forward_query=True))
    clients = [edge.connect() for _ in range(3)]
    clients[0].protocol.data_received(request())
    clients[1].protocol.data_received(PLAIN)
    clients[2].protocol.data_received(request(b"/option?y=2"))
    assert edge.events == []
    assert (await clients[2].answered()).startswith(b"HTTP/1.1 307 ")
    assert edge.events == ["commit", "write", "write", "write"]
    assert [click.code for click in edge.clicks] == ["option", "abc1234", "option"]
    assert edge.edge.tally.near_redirects == 3


async def test_pipelined_requests_are_answered_in_order() -> None:
    """Whether they are decided or not."""
    edge = await prepared(LinkOptions(redirect_status=RedirectStatus.FOUND))
    client = edge.connect()
    sent = await client.send(request() + PLAIN + request() + PLAIN)
    statuses = [line[9:12] for line in sent.split(b"\r\n") if line[:5] == b"HTTP/"]
    assert statuses == [b"302", b"307", b"302", b"307"]
    assert [click.code for click in edge.clicks] == ["option", "abc1234"] * 2


@pytest.mark.parametrize(
    ("options", "status"),
    [
        (LinkOptions(disabled=True), b"410 Gone"),
        (LinkOptions(valid_until=YESTERDAY), b"410 Gone"),
        (LinkOptions(valid_since=TOMORROW), b"404 Not Found"),
        (LinkOptions(quarantine=BLOCKED), b"403 Forbidden"),
        (LinkOptions(quarantine=WARNED), b"403 Forbidden"),
    ],
)
async def test_refusals_leave_the_fast_path(
    options: LinkOptions, status: bytes
) -> None:
    """They come from the application, and no click is recorded."""
    edge = await prepared(options)
    sent = await edge.connect().send(request())
    assert sent.startswith(b"HTTP/1.1 %s\r\n" % status)
    assert b"application/problem+json" in sent
    assert edge.clicks == []


async def test_another_page_after_the_end_is_no_click() -> None:
    """The visitor is sent there, and the target's count stays."""
    over = "https://example.com/over"
    edge = await prepared(LinkOptions(valid_until=YESTERDAY, expired_url=over))
    sent = await edge.connect().send(request())
    assert sent.startswith(b"HTTP/1.1 302 Found\r\nlocation: " + over.encode())
    assert edge.clicks == []
    assert edge.edge.tally.near_redirects == 0
