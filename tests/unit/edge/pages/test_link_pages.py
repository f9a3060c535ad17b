"""Pages about a link: its QR code, and where it leads."""

import json
import struct
from dataclasses import replace
from datetime import UTC, datetime
from typing import NamedTuple
from xml.etree import ElementTree as ET

import pytest
import segno

from tests.fakes import CHEAP_PASSWORDS
from tests.logos import PNG_LOGO, SVG_LOGO
from tests.unit.edge.parts import TARGET, Edge, Sent, answer, request
from waypost.domain.abuse.quarantine import (
    Quarantine,
    QuarantineMode,
    QuarantineReason,
)
from waypost.domain.domains.domains import LinkDomain
from waypost.domain.links import DEFAULT_DOMAIN, Link
from waypost.domain.options import LinkOptions, Preview
from waypost.domain.qr.logos import QrLogo, logo_in
from waypost.domain.qr.looks import QrLooks
from waypost.domain.qr.pixels import decoded_png
from waypost.edge.pages.drawing import qr_image
from waypost.edge.pages.link_pages import LinkPages
from waypost.edge.pages.logos import Logos
from waypost.edge.pages.qr_codes import QrCodes
from waypost.http.client_address import TrustedProxies
from waypost.wire.qr_request import QrForm, QrStyle

BASE_URL = "https://go.example.com"
LIMIT = 4
"""Images that are kept."""
NOW = datetime(2026, 1, 1, tzinfo=UTC)
WARNED = Quarantine(mode=QuarantineMode.WARN, reason=QuarantineReason.SPAM, since=NOW)
FOR_BROWSERS = [(b"accept", b"text/html,*/*")]


class CountingImages:
    """Draws, and remembers what."""

    def __init__(self) -> None:
        self.drawn: list[tuple[str, QrForm, QrStyle]] = []

    def draw(
        self, text: str, form: QrForm, style: QrStyle, logo: QrLogo | None
    ) -> bytes:
        """Draw one."""
        self.drawn.append((text, form, style))
        return qr_image(text, form, style, logo)


class Pages(NamedTuple):
    """An edge with pages of links, and what draws them."""

    edge: Edge
    images: CountingImages

    async def get(self, path: str, *, query: bytes = b"", page: bool = False) -> Sent:
        """Return the answer to a request."""
        headers = FOR_BROWSERS if page else []
        return await answer(self.edge, request(path, query=query, headers=headers))


@pytest.fixture
async def pages() -> Pages:
    """Return an edge with the link `spring`."""
    edge = Edge()
    images = CountingImages()
    edge.app = edge.with_fallback(
        LinkPages(
            proxies=TrustedProxies([]),
            lookups=edge.lookups,
            domains=edge.domains,
            budgets=edge.budgets,
            qr_codes=QrCodes(
                Logos(edge.storage.domains), draw=images.draw, limit=LIMIT
            ),
            fallback=edge.rest,
        )
    )
    await edge.add_link("spring")
    return Pages(edge, images)


async def add(
    edge: Edge, code: str, options: LinkOptions, *, url: str = TARGET
) -> None:
    """Store a link with *options*."""
    link = Link(
        id=2,
        code=code,
        target=url,
        created_at=NOW,
        updated_at=NOW,
        version=2,
        options=options,
    )
    async with edge.storage.transaction() as transaction:
        await transaction.links.add([link])


async def test_preview_of_an_exhausted_link(pages: Pages) -> None:
    """Looking at a link takes nothing, and ends as following it does."""
    await add(pages.edge, "few", LinkOptions(max_clicks=1))
    for _ in range(2):
        assert (await pages.get("/few+")).status == 200
    await pages.edge.storage.budgets.take({2: 1})
    sent = await pages.get("/few+")
    assert sent.status == 410
    assert b"link-exhausted" in sent.body


async def test_svg_is_a_document_of_the_size_that_is_asked_for(pages: Pages) -> None:
    """An SVG is a document of the size that is asked for."""
    sent = await pages.get("/spring/qr.svg", query=b"size=300&color=2f7d32")
    assert sent.status == 200
    assert sent.headers[b"content-type"] == b"image/svg+xml"
    assert sent.headers[b"cache-control"] == b"public, max-age=86400"
    assert sent.headers[b"content-security-policy"] == b"default-src 'none'"
    drawing = ET.fromstring(sent.body)
    assert float(drawing.attrib["width"]) == pytest.approx(300)
    assert b"#2f7d32" in sent.body
    assert b'<path fill="#ffffff" d="M0 0h300v300H0z"/>' in sent.body


async def test_png_is_no_larger_than_asked_for(pages: Pages) -> None:
    """A PNG is no larger than asked for."""
    sent = await pages.get("/spring/qr.png", query=b"size=200&margin=0&level=h")
    assert sent.body.startswith(b"\x89PNG\r\n\x1a\n")
    width, height = struct.unpack(">II", sent.body[16:24])
    assert width == height
    assert 150 < width <= 200


@pytest.mark.parametrize(
    ("query", "text"),
    [(b"", f"{BASE_URL}/spring?qr"), (b"track=false", f"{BASE_URL}/spring")],
)
async def test_a_scan_is_marked_unless_not_wanted(
    pages: Pages, query: bytes, text: str
) -> None:
    """A scan is marked unless not wanted."""
    await pages.get("/spring/qr.svg", query=query)
    assert [drawn[0] for drawn in pages.images.drawn] == [text]


async def look(pages: Pages, logo: str | None, **looks: object) -> None:
    """Have codes of the default domain look so, with a *logo*."""
    qr = QrLooks(**looks, logo=logo_in(logo).mark if logo else None)  # type: ignore[arg-type]  # of any fields
    async with pages.edge.storage.transaction() as transaction:
        await transaction.domains.put(LinkDomain(host=DEFAULT_DOMAIN, qr=qr))
        await transaction.domains.put_logo(DEFAULT_DOMAIN, logo)
    await pages.edge.known.refresh()


async def test_codes_look_as_their_domain_says(pages: Pages) -> None:
    """What a query says holds before it."""
    await look(pages, PNG_LOGO, color="#2f7d32", background=None, margin=1)
    await pages.get("/spring/qr.svg")
    await pages.get("/spring/qr.svg", query=b"color=000000&logo=false")
    first, second = [drawn[2] for drawn in pages.images.drawn]
    assert first == QrStyle(color="#2f7d32", background=None, margin=1)
    assert second == replace(first, color="#000000")


@pytest.mark.parametrize("logo", [PNG_LOGO, SVG_LOGO])
async def test_an_svg_has_the_logo_in_its_middle(pages: Pages, logo: str) -> None:
    """As an image of its own, which is all that the document may load."""
    await look(pages, logo)
    sent = await pages.get("/spring/qr.svg", query=b"logo=true&size=410&level=L")
    assert sent.headers[b"content-security-policy"].endswith(b"img-src data:")
    (image,) = ET.fromstring(sent.body).iter("{http://www.w3.org/2000/svg}image")
    assert image.attrib["{http://www.w3.org/1999/xlink}href"] == logo
    # 33 modules at level H, and a margin of eight.
    assert [float(image.attrib[name]) for name in ("x", "width")] == [175, 60]
    await pages.get("/spring/qr.svg", query=b"logo=true&size=410&level=L")
    assert len(pages.images.drawn) == 1


@pytest.mark.parametrize("size", [b"64", b"200", b"500"])
async def test_a_png_has_the_logo_in_its_middle(pages: Pages, size: bytes) -> None:
    """On a plate of the background, and the modules are as without it elsewhere."""
    await look(pages, PNG_LOGO)
    sent = await pages.get("/spring/qr.png", query=b"logo=true&size=" + size)
    assert sent.status == 200, sent.body
    side, _ = struct.unpack_from(">II", sent.body, 16)
    assert side <= int(size)
    image = decoded_png(sent.body)
    middle = 4 * (side // 2)
    assert image.rows[side // 2][middle : middle + 4] == b"\xff\0\0\xff"
    assert image.rows[0] == b"\xff" * 4 * side
    scale = side // 41
    code = segno.make(f"{BASE_URL}/spring?qr", error="H", micro=False)
    plate = range(13, 20)
    for y, row in enumerate(code.matrix):
        pixels = image.rows[(y + 4) * scale]
        for x, module in enumerate(row):
            start = (x + 4) * scale * 4
            if x not in plate or y not in plate:
                assert pixels[start] == (0 if module else 255)


@pytest.mark.parametrize(
    ("logo", "path", "reason"),
    [
        (None, "/spring/qr.svg", b"has no logo"),
        (SVG_LOGO, "/spring/qr.png", b"is an SVG"),
    ],
)
async def test_a_logo_that_cannot_be_drawn_is_refused(
    pages: Pages, logo: str | None, path: str, reason: bytes
) -> None:
    """Where the domain has none, or the image cannot show it."""
    await look(pages, logo)
    sent = await pages.get(path, query=b"logo=true")
    assert (sent.status, reason in sent.body) == (422, True)


async def test_another_logo_holds_at_once(pages: Pages) -> None:
    """Also where this process has not learned yet that it is another one."""
    await look(pages, PNG_LOGO)
    await pages.get("/spring/qr.svg", query=b"logo=true")
    await look(pages, SVG_LOGO)
    sent = await pages.get("/spring/qr.svg", query=b"logo=true")
    assert SVG_LOGO.encode() in sent.body


async def test_an_image_is_drawn_once(pages: Pages) -> None:
    """An image is drawn once."""
    first = await pages.get("/spring/qr.svg")
    second = await pages.get("/spring/qr.svg")
    assert first.body == second.body
    assert len(pages.images.drawn) == 1


async def test_images_that_are_kept_are_bounded(pages: Pages) -> None:
    """Images that are kept are bounded."""
    for size in range(64, 64 + LIMIT + 1):
        await pages.get("/spring/qr.svg", query=b"size=%d" % size)
    pages.images.drawn.clear()
    await pages.get("/spring/qr.svg", query=b"size=68")
    assert not pages.images.drawn, "the newest is kept"
    await pages.get("/spring/qr.svg", query=b"size=64")
    assert pages.images.drawn, "the oldest is not"


@pytest.mark.parametrize(
    ("query", "parameter"),
    [
        (b"size=63", "size"),
        (b"size=4097", "size"),
        (b"size=1e3", "size"),
        (b"size=\xb2", "size"),
        (b"margin=17", "margin"),
        (b"margin=-1", "margin"),
        (b"color=red", "color"),
        (b"color=%00", "color"),
        (b"background=%22onload", "background"),
        (b"level=X", "level"),
        (b"track=yes", "track"),
        (b"logo=1", "logo"),
        (b"colour=000000", "colour"),
    ],
)
async def test_a_wish_that_cannot_be_met_is_refused(
    pages: Pages, query: bytes, parameter: str
) -> None:
    """A wish that cannot be met is refused."""
    sent = await pages.get("/spring/qr.png", query=query)
    assert sent.status == 422
    problem = json.loads(sent.body)
    assert problem["code"] == "invalid-request"
    assert parameter in problem["detail"]
    assert not pages.images.drawn


async def test_a_long_query_is_refused(pages: Pages) -> None:
    """A long query is refused."""
    sent = await pages.get("/spring/qr.png", query=b"&".join([b"size=64"] * 20))
    assert sent.status == 422


@pytest.mark.parametrize("path", ["/nothing/qr.svg", "/nothing+"])
async def test_a_code_without_a_link_has_no_pages(pages: Pages, path: str) -> None:
    """A code without a link has no pages."""
    sent = await pages.get(path)
    assert sent.status == 404
    assert json.loads(sent.body)["code"] == "link-not-found"


@pytest.mark.parametrize(
    "path", ["/spring/qr.gif", "/spring/qr", "/spring/+", "/api+", "/a/b/qr.svg", "/+"]
)
async def test_other_paths_are_none_of_a_link(pages: Pages, path: str) -> None:
    """Other paths are none of a link."""
    assert (await pages.get(path)).body == b"the rest"


async def test_a_disabled_link_has_a_code_and_no_preview(pages: Pages) -> None:
    """A disabled link has a code and no preview."""
    await add(pages.edge, "off", LinkOptions(disabled=True))
    assert (await pages.get("/off/qr.svg")).status == 200
    assert (await pages.get("/off+")).status == 410


async def test_a_deleted_link_has_neither(pages: Pages) -> None:
    """A deleted link has neither."""
    async with pages.edge.storage.transaction() as transaction:
        await transaction.links.add(
            [
                Link(
                    id=3,
                    code="gone",
                    target=TARGET,
                    created_at=NOW,
                    updated_at=NOW,
                    version=2,
                    deleted_at=NOW,
                )
            ]
        )
    assert (await pages.get("/gone/qr.svg")).status == 410
    assert (await pages.get("/gone+")).status == 410


async def test_a_preview_shows_the_target_and_counts_nothing(pages: Pages) -> None:
    """A preview shows the target and counts nothing."""
    sent = await pages.get("/spring+")
    seen = {"short_url": f"{BASE_URL}/spring", "title": None, "url": TARGET}
    assert json.loads(sent.body) == seen | {"state": "active"}
    assert sent.headers[b"cache-control"] == b"no-store"
    assert not pages.edge.recorder.recorded


@pytest.mark.parametrize("what", ["title", "quarantine", "password"])
async def test_a_preview_says_what_a_link_is(pages: Pages, what: str) -> None:
    """For programs, with its title; a password hides where it leads, and no more."""
    options: dict[str, LinkOptions] = {
        "title": LinkOptions(title="Frühling 乾燥"),
        "quarantine": LinkOptions(title="Frühling 乾燥", quarantine=WARNED),
        "password": LinkOptions(
            title="Frühling 乾燥", password=await CHEAP_PASSWORDS.hash("swordfish")
        ),
    }
    await add(pages.edge, "x", options[what])
    assert json.loads((await pages.get("/x+")).body) == {
        "short_url": f"{BASE_URL}/x",
        "title": "Frühling 乾燥",
        "url": None if what == "password" else TARGET,
        "state": "quarantined" if what == "quarantine" else "active",
    }


async def test_a_preview_for_browsers_escapes_the_target(pages: Pages) -> None:
    """A preview for browsers escapes the target, and the title, which it says whose."""
    titled = LinkOptions(title="<b>Bank</b>")
    await add(pages.edge, "x", titled, url="https://example.com/'%3Cb%3E'&a=\"")
    sent = await pages.get("/x+", page=True)
    assert b"Its owner calls it: &lt;b&gt;Bank&lt;/b&gt;" in sent.body
    assert b"&#39;%3Cb%3E&#39;&amp;a=&#34;" in sent.body
    assert b'href="/x"' in sent.body, "following it is counted"
    assert b"script" not in sent.headers[b"content-security-policy"]


async def test_a_preview_may_be_off(pages: Pages) -> None:
    """A preview may be off."""
    await add(pages.edge, "quiet", LinkOptions(preview=Preview.OFF))
    sent = await pages.get("/quiet+")
    assert (sent.status, json.loads(sent.body)["code"]) == (404, "not-found")
    assert (await pages.get("/quiet")).status == 307


async def test_a_preview_of_what_has_expired_leads_where_visitors_go(
    pages: Pages,
) -> None:
    """A preview of what has expired leads where visitors go."""
    await add(
        pages.edge,
        "over",
        LinkOptions(valid_until=NOW, expired_url="https://example.com/over"),
    )
    sent = await pages.get("/over+")
    assert sent.status == 302
    assert sent.headers[b"location"] == b"https://example.com/over"


async def test_pages_are_read_only(pages: Pages) -> None:
    """Pages are read only."""
    sent = await answer(pages.edge, request("/spring/qr.svg", method="POST"))
    assert sent.status == 405


async def test_head_has_no_body(pages: Pages) -> None:
    """HEAD has no body."""
    sent = await answer(pages.edge, request("/spring/qr.svg", method="HEAD"))
    assert (sent.status, sent.body) == (200, b"")
