"""Links with a password, and those that show where they lead before each redirect."""

import re
from base64 import b64encode
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from urllib.parse import urlencode

import pytest

from tests.fakes import CHEAP_PASSWORDS
from tests.unit.edge.parts import ATTEMPTS, TARGET, Edge, Sent, answer, request
from waypost.domain.abuse.quarantine import Quarantine, QuarantineMode, QuarantineReason
from waypost.domain.links import Link
from waypost.domain.options import LinkOptions, Preview, RedirectStatus
from waypost.http.asgi import Message

NOW = datetime.now(UTC)
SECRET = "Crème brûlée"
PERSON = (b"user-agent", b"Mozilla/5.0 (X11; Linux x86_64) Firefox/140.0")
PAGE = (b"accept", b"text/html,*/*")
FORM = (b"content-type", b"application/x-www-form-urlencoded")
WARNED = Quarantine(mode=QuarantineMode.WARN, reason=QuarantineReason.SPAM, since=NOW)


def basic(password: str, name: str = "anyone") -> tuple[bytes, bytes]:
    """Return the header by which a program presents a password."""
    return (b"authorization", b"Basic " + b64encode(f"{name}:{password}".encode()))


async def edge_with(options: LinkOptions, *, secret: str = SECRET) -> Edge:
    """Return an edge with the link `minutes`, which has a password unless it is ''."""
    edge = Edge()
    if secret:
        options = replace(options, password=await CHEAP_PASSWORDS.hash(secret))
    link = Link(
        id=1,
        code="minutes",
        target=TARGET,
        created_at=NOW,
        updated_at=NOW,
        version=2,
        options=options,
    )
    async with edge.storage.transaction() as transaction:
        await transaction.links.add([link])
    return edge


async def get(
    edge: Edge, *headers: tuple[bytes, bytes], path: str = "/minutes", method: str = ""
) -> Sent:
    """Return what the edge answers."""
    scope = request(path, method=method or "GET", headers=[PERSON, *headers])
    return await answer(edge, scope)


async def post(edge: Edge, *headers: tuple[bytes, bytes], **fields: str) -> Sent:
    """Return what the edge answers to a form."""
    body = urlencode(fields).encode()

    async def receive() -> Message:
        return {"type": "http.request", "body": body, "more_body": False}

    sent = Sent()
    scope = request("/minutes", method="POST", headers=[PERSON, FORM, PAGE, *headers])
    await edge.app(scope, receive, sent.send)
    return sent


def confirm_in(sent: Sent) -> str:
    """Return what the form of a page carries."""
    found = re.search(rb'name="confirm" value="([^"]+)"', sent.body)
    assert found, sent.body
    return found[1].decode()


def clicks(edge: Edge) -> int:
    """Return how many clicks are recorded."""
    return len(edge.recorder.committed)


async def test_a_browser_gets_a_form() -> None:
    """It shows no window of its own, no target, and is stored nowhere."""
    edge = await edge_with(LinkOptions())
    sent = await get(edge, PAGE)
    assert (sent.status, sent.headers[b"www-authenticate"]) == (401, b"Form")
    assert b'name="password"' in sent.body
    assert b"example.com" not in sent.body
    assert sent.headers[b"cache-control"] == b"no-store"
    assert b"form-action" not in sent.headers[b"content-security-policy"]
    assert clicks(edge) == 0


async def test_a_program_learns_how() -> None:
    """It gets a problem document, with the challenge of Basic."""
    edge = await edge_with(LinkOptions())
    for method in ("GET", "HEAD"):
        sent = await get(edge, method=method)
        assert sent.status == 401
        assert sent.headers[b"www-authenticate"].startswith(b'Basic realm="/minutes"')
        assert b"password-required" in sent.body


async def test_the_right_password_in_the_form() -> None:
    """It leads to the target by 303, is counted, and nothing stores that."""
    edge = await edge_with(LinkOptions(redirect_status=RedirectStatus.PERMANENT))
    sent = await post(edge, password=SECRET)
    assert (sent.status, sent.headers[b"location"]) == (303, TARGET.encode())
    assert sent.headers[b"cache-control"] == b"private, no-store"
    assert clicks(edge) == 1


async def test_a_password_is_equal_however_it_is_typed() -> None:
    """One keyboard sends é as one character, another one as two."""
    edge = await edge_with(LinkOptions())
    assert (await post(edge, password="Cre\u0300me bru\u0302le\u0301e")).status == 303


async def test_a_wrong_password_in_the_form() -> None:
    """The form comes again, and says so."""
    edge = await edge_with(LinkOptions())
    sent = await post(edge, password=SECRET.lower())
    assert (sent.status, sent.headers[b"www-authenticate"]) == (401, b"Form")
    assert b"That is not the password" in sent.body
    assert clicks(edge) == 0


@pytest.mark.parametrize("status", RedirectStatus)
async def test_basic_is_taken_from_all(status: RedirectStatus) -> None:
    """The link redirects as it is set to, for no cache; HEAD is not counted."""
    edge = await edge_with(LinkOptions(redirect_status=status))
    for headers in ([], [PAGE]):
        sent = await get(edge, basic(SECRET), *headers)
        assert (sent.status, sent.headers[b"location"]) == (status, TARGET.encode())
        assert sent.headers[b"cache-control"] == b"private, no-store"
    assert (await get(edge, basic(SECRET), method="HEAD")).status == status
    assert clicks(edge) == 2


@pytest.mark.parametrize(
    "header", [b"Basic", b"Basic !", b"Basic eA==", b"Basic eDo=", b"Bearer wp_x"]
)
async def test_what_is_no_password(header: bytes) -> None:
    """Another authorization, or an empty password, is as good as none."""
    edge = await edge_with(LinkOptions())
    for _ in range(ATTEMPTS + 1):
        sent = await get(edge, (b"authorization", header))
        assert b"password-required" in sent.body


async def test_attempts_are_limited() -> None:
    """Too many of a client at a link are refused, also the right one afterwards."""
    edge = await edge_with(LinkOptions())
    for number in range(ATTEMPTS):
        assert b"wrong-password" in (await get(edge, basic(f"guess{number}"))).body
    for sent in (await get(edge, basic(SECRET)), await post(edge, password=SECRET)):
        assert sent.status == 429
        assert 1 <= int(sent.headers[b"retry-after"]) <= 60
    assert b"too-many-attempts" in (await get(edge, basic(SECRET))).body
    assert b"password-required" in (await get(edge)).body
    other = request("/minutes", headers=[basic(SECRET)], peer="192.0.2.2")
    assert (await answer(edge, other)).status == 307


async def test_what_is_known_is_no_attempt() -> None:
    """A program that presents the right password each time is never refused."""
    edge = await edge_with(LinkOptions())
    for _ in range(3 * ATTEMPTS):
        assert (await get(edge, basic(SECRET))).status == 307


async def test_a_link_that_is_over_asks_for_nothing() -> None:
    """Its state comes first, and no password is compared."""
    over = "https://example.com/over"
    options = LinkOptions(valid_until=NOW - timedelta(days=1), expired_url=over)
    edge = await edge_with(options)
    for _ in range(ATTEMPTS + 1):
        sent = await get(edge, basic("guess"))
        assert (sent.status, sent.headers[b"location"]) == (302, over.encode())


async def test_a_click_is_taken_by_the_right_password_only() -> None:
    """Those who are asked for the password, or get it wrong, take none."""
    edge = await edge_with(LinkOptions(max_clicks=2))
    for headers in ([], [basic("guess")], [PAGE]):
        assert (await get(edge, *headers)).status == 401
    assert (await post(edge, password=SECRET)).status == 303
    assert (await get(edge, basic(SECRET))).status == 307
    assert (await get(edge, basic(SECRET))).status == 410
    assert (await get(edge)).status == 410


async def test_query_and_path_stay_with_the_form() -> None:
    """The form is sent to the address that the visitor has asked for."""
    edge = await edge_with(LinkOptions(forward_query=True, forward_path=True))
    scope = request(
        "/minutes/page/2", query=b"q=1", headers=[PERSON, basic(SECRET)], method="GET"
    )
    sent = await answer(edge, scope)
    assert sent.headers[b"location"] == b"https://example.com/page/page/2?x=1&q=1"
    page = await answer(edge, request("/minutes/page/2", headers=[PERSON, PAGE]))
    assert page.status == 401
    assert b'<form method="post">' in page.body


async def test_a_form_for_a_link_that_has_no_password_any_more() -> None:
    """Its visitor goes on, with any text."""
    edge = await edge_with(LinkOptions(), secret="")
    assert (await post(edge, password="typed")).status == 303
    assert (await post(edge, something="else")).status == 405


async def test_the_page_of_a_warning_is_behind_the_password() -> None:
    """Its form needs the password no more, as it was shown to who knows it."""
    edge = await edge_with(LinkOptions(quarantine=WARNED))
    assert (await get(edge, PAGE)).status == 401
    warned = await post(edge, password=SECRET)
    assert warned.status == 403
    assert TARGET.encode() in warned.body
    sent = await post(edge, confirm=confirm_in(warned))
    assert (sent.status, clicks(edge)) == (303, 1)
    assert (await post(edge, confirm="9999999999.0")).status == 401


async def test_the_page_before_each_redirect() -> None:
    """GET redirects no visitor, and the button is counted."""
    edge = await edge_with(
        LinkOptions(preview=Preview.ALWAYS, redirect_status=RedirectStatus.PERMANENT),
        secret="",
    )
    shown = await get(edge, PAGE)
    assert (shown.status, shown.headers[b"cache-control"]) == (200, b"no-store")
    assert b"example.com/page?x=1" in shown.body
    program = await get(edge)
    assert program.body == (
        b'{"short_url":"https://go.example.com/minutes","title":null,"url":"%s",'
        b'"state":"active"}' % TARGET.encode()
    )
    assert (await get(edge, method="HEAD")).status == 200
    assert clicks(edge) == 0
    sent = await post(edge, confirm=confirm_in(shown))
    assert (sent.status, sent.headers[b"location"]) == (303, TARGET.encode())
    assert sent.headers[b"cache-control"] == b"private, no-store"
    assert clicks(edge) == 1
    assert (await post(edge, confirm="9999999999.0")).status == 200


async def test_the_page_before_each_redirect_behind_a_password() -> None:
    """The password shows the page, and the page leads on; a click is taken then."""
    edge = await edge_with(LinkOptions(preview=Preview.ALWAYS, max_clicks=1))
    shown = await post(edge, password=SECRET)
    assert shown.status == 200
    again = await get(edge, basic(SECRET), PAGE)
    assert again.status == 200
    assert (await post(edge, confirm=confirm_in(shown))).status == 303
    assert (await post(edge, confirm=confirm_in(again))).status == 410
