"""Images of a link's QR code, drawn beside the event loop and kept for a while."""

import asyncio
from collections import OrderedDict
from collections.abc import Callable
from typing import Final, NamedTuple, TypeAlias
from urllib.parse import parse_qsl

from waypost.domain.domains.domains import LinkDomain
from waypost.domain.qr.errors import InvalidLogo
from waypost.domain.qr.logos import QrLogo
from waypost.edge.pages.drawing import qr_image
from waypost.edge.pages.logos import Logos
from waypost.http.answers import Answer, Refused
from waypost.http.headers import NO_SNIFFING
from waypost.http.statuses import INVALID_REQUEST
from waypost.wire.qr_request import (
    QrForm,
    QrStyle,
    QrStyleError,
    qr_style,
    style_of,
)

MAX_KEPT: Final = 256
"""Images that are kept."""
MAX_KEPT_BYTES: Final = 8_000_000
"""Of these together: those with a logo are large."""
SCAN_PARAMETER: Final = "qr"
"""What the URL in a code has in its query, so that reports distinguish scans."""

_TYPES: Final = {QrForm.SVG: b"image/svg+xml", QrForm.PNG: b"image/png"}
# An SVG that is opened by itself is a document, and could run scripts.
_NO_SCRIPTS: Final = (b"content-security-policy", b"default-src 'none'")
# A logo is an image in the document, which nothing else may fetch either.
_NO_SCRIPTS_BUT_LOGO: Final = (
    b"content-security-policy",
    b"default-src 'none'; img-src data:",
)
_FOR_A_DAY: Final = (b"cache-control", b"public, max-age=86400")
_FOR_A_DAY_ALONE: Final = (b"cache-control", b"private, max-age=86400")
_NO_LOGO: Final = "This domain has no logo: an admin sets one."
_SVG_ONLY: Final = "The logo of this domain is an SVG: ask for qr.svg, or without it."

Draw: TypeAlias = Callable[[str, QrForm, QrStyle, QrLogo | None], bytes]
"""Returns the image of a code that reads as a text, with a logo, or raises ValueError:
the text is too long."""


class _Wanted(NamedTuple):
    """An image that is asked for."""

    short_url: str
    form: QrForm
    style: QrStyle
    logo: QrLogo | None

    @property
    def key(self) -> tuple[str, QrForm, QrStyle, str]:
        """Return what is different for different images."""
        sha256 = self.logo.mark.sha256 if self.logo else ""
        return self.short_url, self.form, self.style, sha256


class QrCodes:
    """Answers requests for images of QR codes."""

    def __init__(
        self, logos: Logos, *, draw: Draw = qr_image, limit: int = MAX_KEPT
    ) -> None:
        self._logos = logos
        self._draw = draw
        self._limit = limit
        self._kept: OrderedDict[tuple[str, QrForm, QrStyle, str], bytes] = OrderedDict()
        self._kept_bytes = 0
        # One at a time: more would take the processor away from redirects.
        self._drawing = asyncio.Lock()

    async def answer(
        self,
        short_url: str,
        form: QrForm,
        query: bytes,
        *,
        domain: LinkDomain,
        is_public: bool = True,
    ) -> Answer:
        """Return the image of the code for *short_url*, as *query* asks for it.

        What it does not say is as *domain* says. Caches that several clients share
        keep it only if it *is_public*.

        Raises:
            Refused: A parameter is unknown or out of bounds, the short URL is too long
                for a code of this level, or there is no logo for this form.
            BackendUnavailable: The store does not answer, and has the logo.
        """
        style = _style_in(query, style_of(domain.qr))
        logo = await self._logo(domain, form) if style.has_logo else None
        image = await self._image(_Wanted(short_url, form, style, logo))
        headers = [
            (b"content-type", _TYPES[form]),
            (b"content-length", b"%d" % len(image)),
            _FOR_A_DAY if is_public else _FOR_A_DAY_ALONE,
            _NO_SCRIPTS_BUT_LOGO if logo and form is QrForm.SVG else _NO_SCRIPTS,
            NO_SNIFFING,
        ]
        return Answer(200, headers, image)

    async def _logo(self, domain: LinkDomain, form: QrForm) -> QrLogo:
        try:
            logo = await self._logos.of(domain)
        except InvalidLogo:
            raise _refusal("logo", _NO_LOGO) from None
        if logo is None:
            raise _refusal("logo", _NO_LOGO)
        if logo.pixels is None and form is QrForm.PNG:
            raise _refusal("logo", _SVG_ONLY)
        return logo

    async def _image(self, wanted: _Wanted) -> bytes:
        async with self._drawing:
            image = self._kept.get(wanted.key)
            if image is None:
                image = await self._drawn(wanted)
                self._keep(wanted, image)
            self._kept.move_to_end(wanted.key)
        return image

    async def _drawn(self, wanted: _Wanted) -> bytes:
        text = _text(wanted.short_url, wanted.style)
        try:
            return await asyncio.to_thread(
                self._draw, text, wanted.form, wanted.style, wanted.logo
            )
        except ValueError:
            name = "logo" if wanted.logo else "level"
            raise _refusal(name, "The short URL is too long for such a code.") from None

    def _keep(self, wanted: _Wanted, image: bytes) -> None:
        self._kept[wanted.key] = image
        self._kept_bytes += len(image)
        while len(self._kept) > self._limit or self._kept_bytes > MAX_KEPT_BYTES:
            _, oldest = self._kept.popitem(last=False)
            self._kept_bytes -= len(oldest)


def _text(short_url: str, style: QrStyle) -> str:
    """Return the URL that the code reads as."""
    return short_url + (f"?{SCAN_PARAMETER}" if style.is_tracked else "")


def _style_in(query: bytes, plain: QrStyle) -> QrStyle:
    try:
        wishes = parse_qsl(
            query.decode("latin-1"), keep_blank_values=True, max_num_fields=16
        )
        return qr_style(dict(wishes), plain)
    except QrStyleError as error:
        raise _refusal(error.parameter, str(error)) from None
    except ValueError:
        raise Refused(INVALID_REQUEST, "The query has too many parameters.") from None


def _refusal(parameter: str, detail: str) -> Refused:
    return Refused(INVALID_REQUEST, f"The parameter {parameter} is wrong. {detail}")
