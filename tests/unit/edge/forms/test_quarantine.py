"""Links in quarantine: their visitors are stopped, or warned and let on."""

import re
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from urllib.parse import urlencode

import pytest

from tests.unit.edge.parts import TARGET, Edge, Sent, answer, request
from waypost.adapters.memory.secrets import MemorySecrets
from waypost.domain.abuse.confirmations import LIFETIME, confirmation, confirms
from waypost.domain.abuse.quarantine import Quarantine, QuarantineMode, QuarantineReason
from waypost.domain.links import Link
from waypost.domain.options import NO_OPTIONS, LinkOptions
from waypost.http.asgi import Message

NOW = datetime.now(UTC)
BROWSER = [(b"accept", b"text/html,*/*"), (b"user-agent", b"Mozilla/5.0")]
FORM = (b"content-type", b"application/x-www-form-urlencoded")
SECRETS = MemorySecrets()


def quarantine(mode: QuarantineMode, reason: QuarantineReason) -> LinkOptions:
    """Return the options of a link in quarantine."""
    return LinkOptions(
        quarantine=Quarantine(mode=mode, reason=reason, note="secret", since=NOW)
    )


BLOCKED = quarantine(QuarantineMode.BLOCK, QuarantineReason.PHISHING)
LEGAL = quarantine(QuarantineMode.BLOCK, QuarantineReason.LEGAL)
WARNED = quarantine(QuarantineMode.WARN, QuarantineReason.MALWARE)


async def edge_with(options: LinkOptions, *, target: str = TARGET) -> Edge:
    """Return an edge with the link `spring`."""
    edge = Edge(secrets=SECRETS)
    link = Link(
        id=1,
        code="spring",
        target=target,
        created_at=NOW,
        updated_at=NOW,
        version=2,
        options=options,
    )
    async with edge.storage.transaction() as transaction:
        await transaction.links.add([link])
    return edge


async def post(
    edge: Edge, body: bytes, *, path: str = "/spring", query: bytes = b""
) -> Sent:
    """Return what the edge answers to a form."""

    async def receive() -> Message:
        return {"type": "http.request", "body": body, "more_body": False}

    sent = Sent()
    scope = request(path, method="POST", headers=[*BROWSER, FORM], query=query)
    await edge.app(scope, receive, sent.send)
    return sent


def confirm_in(page: bytes) -> str:
    """Return what the form of a warning sends."""
    found = re.search(rb'name="confirm" value="([^"]+)"', page)
    assert found, page
    return found[1].decode()


@pytest.mark.parametrize(("options", "status"), [(BLOCKED, 403), (LEGAL, 451)])
async def test_blocked(options: LinkOptions, status: int) -> None:
    """Neither the page nor the document says where the link leads, or the note."""
    edge = await edge_with(options)
    for headers in (BROWSER, []):
        for method in ("GET", "HEAD"):
            sent = await answer(
                edge, request("/spring", method=method, headers=headers)
            )
            assert sent.status == status
            assert b"location" not in sent.headers
            assert sent.headers[b"cache-control"] == b"no-store"
            assert b"example.com" not in sent.body
            assert b"secret" not in sent.body
    problem = await answer(edge, request("/spring"))
    assert b'"code": "link-quarantined"' in problem.body
    assert edge.recorder.recorded == []


async def test_warned_and_confirmed() -> None:
    """The page names the target and leads away from it; going on is a click."""
    edge = await edge_with(WARNED)
    page = await answer(edge, request("/spring", headers=BROWSER))
    assert page.status == 403
    assert b"https://example.com/page?x=1" in page.body
    assert b"harm your device" in page.body
    assert b'<a class="button" href="/">' in page.body, "the way out is the main one"
    assert b'<button class="quiet">' in page.body
    assert b'href="/report?link=http' in page.body
    assert b"secret" not in page.body
    assert edge.recorder.recorded == []
    body = urlencode({"confirm": confirm_in(page.body)}).encode()
    sent = await post(edge, body)
    assert (sent.status, sent.headers[b"location"]) == (303, TARGET.encode())
    assert sent.headers[b"cache-control"] == b"private, no-store"
    (click,) = edge.recorder.committed
    assert (click.code, click.user_agent) == ("spring", b"Mozilla/5.0")
    problem = await answer(edge, request("/spring"))
    assert problem.status == 403
    assert b'"code":"link-quarantined"' in problem.body


async def test_another_server_accepts_the_confirmation() -> None:
    """Both sign with the secret of their store."""
    one, other = await edge_with(WARNED), await edge_with(WARNED)
    page = await answer(one, request("/spring", headers=BROWSER))
    body = urlencode({"confirm": confirm_in(page.body)}).encode()
    assert (await post(other, body)).status == 303


@pytest.mark.parametrize(
    "confirm", ["", ".", "1.x", "9" * 5000 + ".", "²." + "0" * 64, "ü.\udcff"]
)
async def test_a_wrong_confirmation_gets_the_warning(confirm: str) -> None:
    """With a form that is right, and no click."""
    edge = await edge_with(WARNED)
    body = urlencode({"confirm": confirm}, errors="replace").encode()
    sent = await post(edge, body)
    assert sent.status == 403
    assert confirm_in(sent.body)
    assert edge.recorder.recorded == []


async def test_a_confirmation_is_of_one_version() -> None:
    """The next version may lead elsewhere, so its visitors are warned again."""
    edge = await edge_with(WARNED)
    page = await answer(edge, request("/spring", headers=BROWSER))
    link = await edge.storage.links.by_code("spring")
    assert link is not None
    changed = replace(link, version=3, target="https://example.org/other")
    async with edge.storage.transaction() as transaction:
        assert await transaction.links.change(changed)
    edge.lookups.invalidate("spring", 3)
    body = urlencode({"confirm": confirm_in(page.body)}).encode()
    sent = await post(edge, body)
    assert sent.status == 403
    assert b"example.org/other" in sent.body


async def test_other_forms_are_refused() -> None:
    """Links take no forms but that of a warning; a link without one redirects on it."""
    plain, warned = await edge_with(NO_OPTIONS), await edge_with(WARNED)
    assert (await post(plain, b"a=b")).status == 405
    assert (await post(warned, b"a=b")).status == 405
    assert (await post(warned, b"confirm=" + b"x" * 70_000)).status == 413
    assert (await post(warned, b"&".join([b"a=b"] * 50))).status == 422
    assert (await answer(warned, request("/spring", method="POST"))).status == 405
    # The link was released while the visitor read the page.
    sent = await post(plain, b"confirm=1.2")
    assert (sent.status, sent.headers[b"location"]) == (303, TARGET.encode())


async def test_the_visit_stays_as_it_was() -> None:
    """What the link passes on is passed on after the confirmation, too."""
    options = replace(WARNED, forward_query=True, forward_path=True)
    edge = await edge_with(options)
    page = await answer(edge, request("/spring/a", headers=BROWSER, query=b"y=2"))
    assert b"https://example.com/page/a?x=1&amp;y=2" in page.body
    body = urlencode({"confirm": confirm_in(page.body)}).encode()
    sent = await post(edge, body, path="/spring/a", query=b"y=2")
    assert sent.headers[b"location"] == b"https://example.com/page/a?x=1&y=2"


async def test_a_target_cannot_add_to_the_page() -> None:
    """It is shown as text."""
    edge = await edge_with(WARNED, target="https://example.com/?'><b>\"")
    page = await answer(edge, request("/spring", headers=BROWSER))
    assert b"<b>" not in page.body


async def test_both_methods_have_the_same_head() -> None:
    """But for the length of what is signed."""
    edge = await edge_with(WARNED)
    get = await answer(edge, request("/spring", headers=BROWSER))
    head = await answer(edge, request("/spring", method="HEAD", headers=BROWSER))
    assert (get.status, get.headers) == (head.status, head.headers)


def test_a_confirmation_ends() -> None:
    """After ten minutes, and one of the far future was not made here."""
    key = b"k" * 32
    text = confirmation(key, link_id=1, version=2, now=NOW)

    def holds(now: datetime, **other: int) -> bool:
        of = {"link_id": 1, "version": 2, **other}
        return confirms(
            text, key, link_id=of["link_id"], version=of["version"], now=now
        )

    assert holds(NOW)
    assert holds(NOW + LIFETIME - timedelta(seconds=1))
    assert not holds(NOW + LIFETIME)
    assert not holds(NOW - LIFETIME - timedelta(seconds=2))
    assert not holds(NOW, link_id=2)
    assert not holds(NOW, version=3)
    assert not confirms(text, b"other" * 8, link_id=1, version=2, now=NOW)
