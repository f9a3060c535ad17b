"""Images of a link's QR code, drawn beside the event loop and kept for a while."""

import asyncio
from collections import OrderedDict
from collections.abc import Callable
from typing import Final, TypeAlias
from urllib.parse import parse_qsl

from waypost.edge.pages.drawing import qr_image
from waypost.http.answers import Answer, Refused
from waypost.http.headers import NO_SNIFFING
from waypost.http.statuses import INVALID_REQUEST
from waypost.wire.qr_request import QrForm, QrStyle, QrStyleError, qr_style

MAX_KEPT: Final = 256
"""Images that are kept, a few megabytes at most."""
SCAN_PARAMETER: Final = "qr"
"""What the URL in a code has in its query, so that reports distinguish scans."""

_TYPES: Final = {QrForm.SVG: b"image/svg+xml", QrForm.PNG: b"image/png"}
# An SVG that is opened by itself is a document, and could run scripts.
_NO_SCRIPTS: Final = (b"content-security-policy", b"default-src 'none'")
_FOR_A_DAY: Final = (b"cache-control", b"public, max-age=86400")
_FOR_A_DAY_ALONE: Final = (b"cache-control", b"private, max-age=86400")


Draw: TypeAlias = Callable[[str, QrForm, QrStyle], bytes]
"""Returns the image of a code that reads as a text, or raises ValueError: the text is
too long."""


class QrCodes:
    """Answers requests for images of QR codes."""

    def __init__(self, *, draw: Draw = qr_image, limit: int = MAX_KEPT) -> None:
        self._draw = draw
        self._limit = limit
        self._kept: OrderedDict[tuple[str, QrForm, QrStyle], bytes] = OrderedDict()
        # One at a time: more would take the processor away from redirects.
        self._drawing = asyncio.Lock()

    async def answer(
        self, short_url: str, form: QrForm, query: bytes, *, is_public: bool = True
    ) -> Answer:
        """Return the image of the code for *short_url*, as *query* asks for it.

        Caches that several clients share keep it only if it *is_public*.

        Raises:
            Refused: A parameter is unknown or out of bounds, or the short URL is too
                long for a code of this level.
        """
        style = _style_in(query)
        image = await self._image(short_url, form, style)
        headers = [
            (b"content-type", _TYPES[form]),
            (b"content-length", b"%d" % len(image)),
            _FOR_A_DAY if is_public else _FOR_A_DAY_ALONE,
            _NO_SCRIPTS,
            NO_SNIFFING,
        ]
        return Answer(200, headers, image)

    async def _image(self, short_url: str, form: QrForm, style: QrStyle) -> bytes:
        key = (short_url, form, style)
        async with self._drawing:
            image = self._kept.get(key)
            if image is None:
                try:
                    image = await asyncio.to_thread(
                        self._draw, _text(short_url, style), form, style
                    )
                except ValueError:
                    raise _refusal(
                        "level", "The short URL is too long for a code of this level."
                    ) from None
                self._kept[key] = image
                if len(self._kept) > self._limit:
                    self._kept.popitem(last=False)
            self._kept.move_to_end(key)
        return image


def _text(short_url: str, style: QrStyle) -> str:
    """Return the URL that the code reads as."""
    return short_url + (f"?{SCAN_PARAMETER}" if style.is_tracked else "")


def _style_in(query: bytes) -> QrStyle:
    try:
        wishes = parse_qsl(
            query.decode("latin-1"), keep_blank_values=True, max_num_fields=16
        )
        return qr_style(dict(wishes))
    except QrStyleError as error:
        raise _refusal(error.parameter, str(error)) from None
    except ValueError:
        raise Refused(INVALID_REQUEST, "The query has too many parameters.") from None


def _refusal(parameter: str, detail: str) -> Refused:
    return Refused(INVALID_REQUEST, f"The parameter {parameter} is wrong. {detail}")
