"""Images of QR codes, drawn by segno, which is loaded by the first of them."""

from io import BytesIO, StringIO

from waypost.wire.qr_request import QrForm, QrStyle

_TERMINAL_MARGIN = 2


def qr_image(text: str, form: QrForm, style: QrStyle) -> bytes:
    """Return the image of a code that reads as *text*.

    It computes for milliseconds, so an event loop calls it in a thread.

    Raises:
        ValueError: *text* is longer than a code of this level holds.
    """
    import segno

    code = segno.make(text, error=style.level, micro=False)
    modules, _ = code.symbol_size(border=style.margin)
    content = BytesIO()
    if form is QrForm.SVG:
        code.save(
            content,
            kind="svg",
            scale=style.size / modules,
            border=style.margin,
            dark=style.color,
            light=style.background,
            title=text,
            svgclass=None,
            lineclass=None,
            encoding="utf-8",
        )
    else:
        code.save(
            content,
            kind="png",
            scale=max(1, style.size // modules),
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
