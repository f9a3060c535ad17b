"""A logo for QR codes: a data URL of a PNG or an SVG that does no harm."""

from base64 import b64decode, b64encode
from binascii import Error as Base64Error
from dataclasses import dataclass
from enum import StrEnum
from hashlib import sha256
from typing import Final

from waypost.domain.qr.errors import InvalidLogo
from waypost.domain.qr.looks import LogoMark
from waypost.domain.qr.pixels import SIGNATURE, Pixels, decoded_png
from waypost.domain.qr.shapes import check_svg

MAX_LOGO_LENGTH: Final = 64 * 1024
"""Characters of a data URL."""


class LogoType(StrEnum):
    """The media type of a logo."""

    PNG = "image/png"
    SVG = "image/svg+xml"


@dataclass(frozen=True, slots=True, kw_only=True)
class QrLogo:
    """A logo that was checked."""

    type: LogoType
    url: str
    """The data URL, as it was sent."""
    pixels: Pixels | None
    """None: it is an SVG, which only other SVGs show."""

    @property
    def mark(self) -> LogoMark:
        """Return what stands for it where its content is not needed."""
        digest = sha256(self.url.encode("ascii")).hexdigest()
        return LogoMark(sha256=digest, length=len(self.url))


def logo_in(url: str) -> QrLogo:
    """Return the logo that a data URL is.

    A large PNG computes for half a second, so an event loop calls it in a thread.

    Raises:
        InvalidLogo: It is none; the text says why.
    """
    if len(url) > MAX_LOGO_LENGTH:
        raise InvalidLogo(f"A logo is a data URL of {MAX_LOGO_LENGTH:,} characters.")
    start, comma, encoded = url.partition(",")
    types = {f"data:{each.value};base64": each for each in LogoType}
    if start not in types or not comma:
        raise InvalidLogo(
            f"A logo begins with {' or '.join(f'{one},' for one in types)}."
        )
    try:
        content = b64decode(encoded, validate=True)
    except (Base64Error, ValueError):
        raise InvalidLogo("What follows the comma of a logo is not base64.") from None
    return _checked(types[start], url, content)


def logo_url(content: bytes) -> str:
    """Return the data URL of a file's *content*: a PNG, or else an SVG."""
    kind = LogoType.PNG if content.startswith(SIGNATURE) else LogoType.SVG
    return f"data:{kind.value};base64,{b64encode(content).decode('ascii')}"


def _checked(kind: LogoType, url: str, content: bytes) -> QrLogo:
    if kind is LogoType.PNG:
        return QrLogo(type=kind, url=url, pixels=decoded_png(content))
    check_svg(content)
    return QrLogo(type=kind, url=url, pixels=None)
