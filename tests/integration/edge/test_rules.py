"""Links with rules and variants, on the fast path and off it."""

from datetime import UTC, datetime

import pytest

from tests.integration.edge.in_memory import InMemoryEdge
from tests.unit.edge.parts import TARGET
from waypost.domain.links import Link
from waypost.domain.options import LinkOptions
from waypost.web.rendering import loaded
from waypost.wire.click_origin import whole

IPHONE = (
    b"Mozilla/5.0 (iPhone; CPU iPhone OS 18_5 like Mac OS X) AppleWebKit/605.1.15 "
    b"(KHTML, like Gecko) Version/18.5 Mobile/15E148 Safari/604.1"
)
RULES = (
    {"when": {"query": {"stop": True}}, "url": None},
    {"when": {"device": ["phone"]}, "url": "https://example.com/phone"},
    {"when": {"country": ["CH"]}, "url": "https://example.com/ch"},
    {"when": {"language": ["de"]}, "url": "https://example.com/de"},
    {"when": {"ip": ["198.51.100.0/24"]}, "url": "https://example.com/ip"},
)


async def prepared(options: LinkOptions) -> InMemoryEdge:
    """Return an edge behind a proxy, which has a link with *options*, not cached."""
    edge = InMemoryEdge(trusted=("192.0.2.1",), country_header="X-Country")
    await edge.prepare()
    moment = datetime(2026, 1, 1, tzinfo=UTC)
    link = Link(
        id=2,
        code="option",
        target=TARGET,
        created_at=moment,
        updated_at=moment,
        version=2,
        options=options,
    )
    async with edge.edge.storage.transaction() as transaction:
        await transaction.links.add([link])
    return edge


def request(query: bytes = b"", *headers: bytes, method: bytes = b"GET") -> bytes:
    """Return a request of the link."""
    lines = b"".join(b"%s\r\n" % header for header in headers)
    start = b"%s /option%s HTTP/1.1\r\nHost: x\r\n" % (method, query)
    return start + lines + b"\r\n"


def location(sent: bytes) -> str:
    """Return where an answer leads; its status if it leads nowhere."""
    for line in sent.split(b"\r\n"):
        if line.startswith(b"location: "):
            return line.removeprefix(b"location: ").decode()
    return sent[9:12].decode()


@pytest.mark.parametrize(
    ("sent", "expected"),
    [
        (request(), TARGET),
        (request(b"", b"User-Agent: " + IPHONE), "https://example.com/phone"),
        (request(b"", b"X-Country: ch"), "https://example.com/ch"),
        (request(b"", b"Accept-Language: de-CH"), "https://example.com/de"),
        (request(b"", b"X-Forwarded-For: 198.51.100.7"), "https://example.com/ip"),
        (request(b"?stop=1"), "403"),
    ],
)
async def test_rules(sent: bytes, expected: str) -> None:
    """Looked up, cached, and with HEAD, a visitor gets the same; refusals count not."""
    edge = await prepared(LinkOptions(rules=RULES))
    answers = [await edge.connect().send(sent) for _ in range(2)]
    answers.append(await edge.connect().send(sent.replace(b"GET", b"HEAD", 1)))
    assert [location(one) for one in answers] == [expected] * 3
    assert len(edge.clicks) == (0 if expected == "403" else 2)
    assert all(b"no-store" in one for one in answers)


async def test_a_client_cannot_name_its_country() -> None:
    """Only a trusted proxy can."""
    edge = await prepared(LinkOptions(rules=RULES))
    client = edge.connect(peer="192.0.2.99")
    assert location(await client.send(request(b"", b"X-Country: CH"))) == TARGET


async def test_a_refusal_is_a_page_or_a_problem() -> None:
    """People get a page, and programs the stable code."""
    edge = await prepared(LinkOptions(rules=RULES))
    problem = await edge.connect().send(request(b"?stop"))
    assert b'"code":"visit-refused"' in problem.replace(b" ", b"").replace(b"\n", b"")
    await loaded()
    page = await edge.connect().send(request(b"?stop", b"Accept: text/html"))
    assert b"This link is not meant for you" in page


async def test_variants_are_sticky() -> None:
    """A visitor gets the same one at each visit, and visitors get all of them."""
    variants = tuple(
        {"name": name, "url": f"https://example.com/{name}", "weight": 30}
        for name in "bc"
    )
    edge = await prepared(LinkOptions(variants=variants))
    found = set()
    for number in range(64):
        sent = request(b"", b"X-Forwarded-For: 198.51.100.%d" % number)
        several = {location(await edge.connect().send(sent)) for _ in range(3)}
        assert len(several) == 1
        found |= several
    assert found == {TARGET, "https://example.com/b", "https://example.com/c"}


async def test_what_was_chosen_is_noted() -> None:
    """A click has the names of rule and variant, and nothing of them without either."""
    rules = (
        {"name": "Swiss", "when": {"country": ["CH"]}, "url": "https://example.com/ch"},
        {
            "when": {"language": ["de"]},
            "url": "https://example.com/de",
            "variants": [
                {"name": "größer", "url": "https://example.com/g", "weight": 100}
            ],
        },
    )
    edge = await prepared(LinkOptions(rules=rules))
    for headers in (
        [b"X-Country: CH"],
        [b"Accept-Language: de", b"From: bot@example.com"],
        [b"From: bot@example.com"],
    ):
        for _ in range(2):
            await edge.connect().send(request(b"", *headers))
    clicks = [whole(click) for click in edge.clicks]
    noted = [(click.rule, click.variant, click.sender) for click in clicks]
    bot = b"bot@example.com"
    chosen = [("Swiss", "", b""), ("1", "größer", bot), ("", "", bot)]
    assert noted == [one for one in chosen for _ in range(2)]


@pytest.mark.parametrize("end", [b"\n", b"\r\n ", b"\r\n\t", b"\r", b"\0"])
async def test_a_client_cannot_say_what_was_chosen(end: bytes) -> None:
    """No header holds what stands before the names in a record."""
    edge = await prepared(LinkOptions())
    header = b"From: a" + end + b"rule" + end + b"variant"
    await edge.connect().send(request(b"", header))
    noted = [whole(click) for click in edge.clicks]
    assert all((click.rule, click.variant) == ("", "") for click in noted)
