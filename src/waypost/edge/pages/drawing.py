"""Images of QR codes, laid out by segno, which is loaded by the first of them."""

from __future__ import annotations

from io import BytesIO, StringIO
from typing import TYPE_CHECKING, Final

from waypost.domain.qr.looks import QrLevel
from waypost.edge.pages.plates import clear_plate, plate_side
from waypost.edge.pages.rasters import drawn_png
from waypost.wire.qr_request import QrForm, QrStyle

if TYPE_CHECKING:
    from segno import QRCode

    from waypost.domain.qr.logos import QrLogo

_TERMINAL_MARGIN = 2
_WITH_LOGO: Final = (QrLevel.HIGH, QrLevel.QUARTILE)
"""The second one for what is too long for the first."""


def qr_image(
    text: str, form: QrForm, style: QrStyle, logo: QrLogo | None = None
) -> bytes:
    """Return the image of a code that reads as *text*, with a *logo* in its middle.

    It computes for milliseconds, and with a logo longer, so an event loop calls it in
    a thread. A logo sets the level, so that what it covers can be repaired.

    Raises:
        ValueError: *text* is longer than a code of this level holds.
    """
    code = _code(text, _WITH_LOGO if logo else (style.level,))
    if logo:
        clear_plate(code.matrix)
    if form is QrForm.SVG:
        return _svg(code, text, style, logo)
    if logo:
        assert logo.pixels is not None, "who asks for a PNG has seen that it is one"
        return drawn_png(code.matrix, style, logo.pixels)
    content = BytesIO()
    code.save(
        content,
        kind="png",
        scale=max(1, style.size // _modules(code, style)),
        border=style.margin,
        dark=style.color,
        light=style.background,
    )
    return content.getvalue()


def qr_for_terminal(text: str) -> str:
    """Return a code that reads as *text* as lines of characters, two modules each."""
    import segno

    lines = StringIO()
    code = segno.make(text, error="L", micro=False)
    code.terminal(out=lines, border=_TERMINAL_MARGIN, compact=True)
    return lines.getvalue()


def _code(text: str, levels: tuple[QrLevel, ...]) -> QRCode:
    """Return the code of *text* at the first of *levels* that holds it."""
    import segno

    *others, last = levels
    for level in others:
        try:
            return segno.make(text, error=level, micro=False)
        except segno.DataOverflowError:
            continue
    return segno.make(text, error=last, micro=False)


def _modules(code: QRCode, style: QrStyle) -> int:
    return int(code.symbol_size(border=style.margin)[0])


def _svg(code: QRCode, text: str, style: QrStyle, logo: QrLogo | None) -> bytes:
    content = BytesIO()
    modules = _modules(code, style)
    code.save(
        content,
        kind="svg",
        scale=style.size / modules,
        border=style.margin,
        dark=style.color,
        # segno rounds the size of a background, so that the margin has gaps.
        light=None,
        title=text,
        svgclass=None,
        lineclass=None,
        encoding="utf-8",
    )
    drawing, end, rest = content.getvalue().rpartition(b"</svg>")
    if style.background is not None:
        start, title, modules_drawn = drawing.partition(b"</title>")
        drawing = start + title + _background(style) + modules_drawn
    if logo:
        drawing += _image(len(code.matrix), modules, style, logo)
    return drawing + end + rest


def _background(style: QrStyle) -> bytes:
    fill, size = style.background, style.size
    return f'<path fill="{fill}" d="M0 0h{size}v{size}H0z"/>'.encode("ascii")


def _image(side: int, modules: int, style: QrStyle, logo: QrLogo) -> bytes:
    """Return *logo* as an element, in the middle of a code of *side* modules.

    As an image of its own, no name in it is one of the drawing, and nothing in it
    runs. `xlink:href` is what programs for print read as well as browsers.
    """
    scale = style.size / modules
    width = (plate_side(side) - 1) * scale
    start = (style.size - width) / 2
    place = f'x="{start:.3f}" y="{start:.3f}" width="{width:.3f}" height="{width:.3f}"'
    names = 'xmlns:xlink="http://www.w3.org/1999/xlink"'
    return f'<image {names} {place} xlink:href="{logo.url}"/>'.encode("ascii")
