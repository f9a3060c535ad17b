"""Logos of QR codes: what is one, and what is refused."""

import struct
from base64 import b64encode

import pytest

from tests.logos import COLORS_ALPHA, PNG, PNG_LOGO, RED, SVG_LOGO, chunk, png, svg
from waypost.domain.qr.errors import InvalidLogo
from waypost.domain.qr.logos import MAX_LOGO_LENGTH, LogoType, logo_in, logo_url
from waypost.domain.qr.pixels import MAX_SIDE, decoded_png

GREEN_BLUE = b"\x00\xff\x00\xff\x00\x00\xff\xff"


def test_a_logo_is_a_png_or_an_svg() -> None:
    """Each says what it is, and has a mark that is short."""
    assert logo_in(PNG_LOGO).pixels is not None
    shapes = logo_in(SVG_LOGO)
    assert (shapes.type, shapes.pixels) == (LogoType.SVG, None)
    assert shapes.mark.length == len(SVG_LOGO)
    assert shapes.mark != logo_in(PNG_LOGO).mark


@pytest.mark.parametrize(
    ("rows", "form", "pixels"),
    [
        ([b"\0" + GREEN_BLUE], {}, GREEN_BLUE),
        ([b"\1\x00\xff\x00\xff\x00\x01\xff\x00"], {}, GREEN_BLUE),
        ([b"\3" + GREEN_BLUE[:4] + b"\x00\x81\xff\x80"], {}, GREEN_BLUE),
        ([b"\4\x00\xff\x00\xff\x00\x01\xff\x00"], {}, GREEN_BLUE),
        ([b"\0\x00\xff\x00\x00\x00\xff"], {"color": 2}, GREEN_BLUE),
        ([b"\0\x40"], {"color": 0, "depth": 1}, b"\0\0\0\xff" + b"\xff" * 4),
        ([b"\0\x0f"], {"color": 0, "depth": 4}, b"\0\0\0\xff" + b"\xff" * 4),
        ([b"\0\xff\x80\x07\x00"], {"color": 4}, b"\x80\x80\x80\x80" + bytes(4)),
        (
            [b"\0\x10"],
            {
                "color": 3,
                "depth": 2,
                "more": chunk(b"PLTE", b"\xff\0\0\0\xff\0") + chunk(b"tRNS", b"\0"),
            },
            bytes(4) + b"\x00\xff\x00\xff",
        ),
    ],
)
def test_each_form_of_a_png_is_read(
    rows: list[bytes], form: dict[str, object], pixels: bytes
) -> None:
    """Filters, palettes, grey and transparent ones give the pixels that were meant."""
    image = decoded_png(png(rows, width=2, **form))  # type: ignore[arg-type]  # of any fields
    assert image.rows == (pixels,)


def test_a_row_is_as_the_row_above_it() -> None:
    """Filters that look above add to what is there."""
    rows = [b"\0" + GREEN_BLUE, b"\2" + bytes(8), b"\4" + bytes(8)]
    assert decoded_png(png(rows, width=2)).rows == (GREEN_BLUE,) * 3


BOMB = png([b"\0" * 40_000_000], width=2, height=2)
PNGS = {
    "too wide": (png([], width=MAX_SIDE + 1, height=1), "pixels"),
    "huge": (png([], width=2**31 - 1, height=2**31 - 1), "pixels"),
    "empty": (png([], width=0, height=1), "pixels"),
    "bomb": (BOMB, "its size"),
    "short": (png([b"\0" + RED], width=2), "its size"),
    "16 bits": (png([bytes(17)], width=2, depth=16), "8 bits"),
    "interlaced": (png([bytes(9)], width=2, interlace=1), "interlacing"),
    "no such filter": (png([b"\7" + bytes(8)], width=2), "filter"),
    "no palette": (png([bytes(2)], width=1, color=3), "palette"),
    "color beyond": (
        png([b"\0\5"], width=1, color=3, more=chunk(b"PLTE", b"abc")),
        "a color is missing",
    ),
    "animated": (
        png([b"\0" + RED], width=1, more=chunk(b"acTL", bytes(8))),
        "still image",
    ),
    "cut": (PNG[:-9], "too early"),
    "cut in a length": (PNG[:-10], "too early"),
    "more behind it": (PNG + b"<script>", "damaged"),
    "checksum": (PNG.replace(b"IDAT", b"IDAU"), "checksum"),
    "only a signature": (PNG[:8], "no header"),
    "jpeg": (b"\xff\xd8\xff\xe0", "UTF-8"),
}


@pytest.mark.parametrize("name", PNGS)
def test_a_png_that_is_damaged_or_large_is_refused(name: str) -> None:
    """It is refused with the reason, before it is unpacked to its whole size."""
    content, reason = PNGS[name]
    with pytest.raises(InvalidLogo, match=reason):
        logo_in(logo_url(content))


def billion_laughs() -> bytes:
    """Return an SVG of which an entity grows."""
    entities = '<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;&a;&a;">'
    return f"<!DOCTYPE svg [{entities}]>".encode() + svg("<title>&b;</title>")


HOSTILE = {
    "script": svg("<script>alert(1)</script>"),
    "script of HTML": svg('<script xmlns="http://www.w3.org/1999/xhtml"/>'),
    "HTML": svg("<foreignObject/>"),
    "handler": svg('<path d="M0 0" onclick="alert(1)"/>'),
    "handler of the document": svg(attributes='onload="alert(1)"'),
    "link": svg('<a href="https://evil.example/"/>'),
    "image": svg('<image xlink:href="https://evil.example/a.png"/>'),
    "use": svg('<g id="a"/><use href="#a"/>'),
    "animation": svg('<g><set attributeName="href" to="javascript:alert(1)"/></g>'),
    "href": svg('<path xlink:href="https://evil.example/"/>'),
    "gradient elsewhere": svg('<linearGradient href="https://evil.example/#a"/>'),
    "base": svg(attributes='xml:base="https://evil.example/"'),
    "fill elsewhere": svg('<path fill="url(https://evil.example/#a)"/>'),
    "style elsewhere": svg('<path style="fill: URL (//evil.example)"/>').replace(
        b"URL (", b"URL("
    ),
    "escaped": svg(r'<path style="fill: u\72l(//evil.example)"/>'),
    "import": svg("<style>@import 'https://evil.example/a.css';</style>"),
    "style in pieces": svg("<style>a{b:u<!-- -->rl(//evil.example)}</style>"),
    "clip in clip": svg('<clipPath id="a"><g clip-path="url(#b)"/></clipPath>'),
    "clip in a style": svg("<style>g{clip-path:url(#a)}</style>"),
    "style sheet": b'<?xml-stylesheet href="//evil.example/a.css"?>' + svg(),
    "doctype": b'<!DOCTYPE svg SYSTEM "file:///etc/passwd">' + svg(),
    "billion laughs": billion_laughs(),
    "unknown entity": svg("<title>&xxe;</title>"),
    "other encoding": b'<?xml version="1.0" encoding="utf-7"?>' + svg(),
    "UTF-16": svg().decode().encode("utf-16"),
    "deep": svg("<g>" * 40 + "</g>" * 40),
    "svg in svg": svg(svg().decode()),
    "no svg": b"<html/>",
    "no XML": svg("<g>"),
    "nothing": b"",
}


@pytest.mark.parametrize("name", HOSTILE)
def test_an_svg_that_could_do_harm_is_refused(name: str) -> None:
    """All that runs, leads elsewhere or grows is refused."""
    with pytest.raises(InvalidLogo):
        logo_in(logo_url(HOSTILE[name]))


def test_an_svg_as_programs_write_it_is_a_logo() -> None:
    """Gradients, clips, styles, comments and attributes of the program are taken."""
    drawing = svg(
        "<title>A</title><!-- by hand --><style>.a{fill:#f00;stroke:url(#g)}</style>"
        '<defs><linearGradient id="g" gradientUnits="userSpaceOnUse"><stop/>'
        '</linearGradient><linearGradient id="h" xlink:href="#g"/>'
        '<clipPath id="clip0"><rect width="2" height="2"/></clipPath></defs>'
        '<g clip-path="url(#clip0)" style="fill:url(\'#h\')" i:label="@1">'
        '<path class="a" d="M0 0h1z"/></g>',
        'xmlns:i="http://www.inkscape.org/namespaces/inkscape" xml:space="preserve"',
    )
    assert logo_in(logo_url(b'<?xml version="1.0"?>' + drawing)).pixels is None


@pytest.mark.parametrize(
    "url",
    [
        "",
        "https://acme.com/logo.png",
        "data:image/gif;base64,R0lGODlh",
        "data:image/png,abc",
        "data:image/png;base64",
        "data:image/png;base64,@@@@",
        "data:image/png;base64,ä",
        "data:image/png;base64," + b64encode(svg()).decode(),
        SVG_LOGO + "A" * MAX_LOGO_LENGTH,
    ],
)
def test_what_is_no_data_url_of_an_image_is_refused(url: str) -> None:
    """Also one that is too long, or says another type than it is."""
    with pytest.raises(InvalidLogo):
        logo_in(url)


def test_a_png_says_its_size_first() -> None:
    """The bomb of these tests is small, so that only its unpacking can refuse it."""
    assert len(logo_url(BOMB)) < MAX_LOGO_LENGTH
    assert struct.unpack_from(">II", BOMB, 16) == (2, 2)
    assert BOMB[25] == COLORS_ALPHA
