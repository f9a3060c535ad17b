"""How the QR code of a short URL looks: what clients write into a query or a name."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Final

from waypost.domain.qr.looks import MAX_MARGIN, QrLevel, QrLooks

MIN_SIZE: Final = 64
MAX_SIZE: Final = 4_096
"""Pixels on each side of an image."""

TRANSPARENT: Final = "transparent"
"""A background that is none."""

_COLOR: Final = re.compile(r"#?([0-9a-fA-F]{6})")


class QrForm(StrEnum):
    """The form of an image; the value is the ending of its file's name."""

    SVG = "svg"
    PNG = "png"


class QrStyleError(ValueError):
    """A wish that cannot be met; the text says what can."""

    def __init__(self, parameter: str, detail: str) -> None:
        super().__init__(detail)
        self.parameter = parameter


@dataclass(frozen=True, slots=True, kw_only=True)
class QrStyle:
    """How an image looks. The defaults are what every reader takes."""

    size: int = 512
    """Pixels on each side; of a PNG at most, because its modules are whole pixels."""
    margin: int = 4
    """Modules of empty space; ISO/IEC 18004 wants four."""
    color: str = "#000000"
    background: str | None = "#ffffff"
    """None: transparent."""
    level: QrLevel = QrLevel.MEDIUM
    has_logo: bool = False
    """Whether the logo of the domain stands in the middle."""
    is_tracked: bool = True
    """Whether the code's URL says that it was scanned, so that reports know."""


def style_of(looks: QrLooks) -> QrStyle:
    """Return the style of codes that look so."""
    return QrStyle(
        margin=looks.margin,
        color=looks.color,
        background=looks.background,
        level=looks.level,
    )


def qr_style(wishes: Mapping[str, str], plain: QrStyle = QrStyle()) -> QrStyle:
    """Return the style of these *wishes*, by the names of a query's parameters.

    It is *plain* in all that they do not name.

    Raises:
        QrStyleError: There is no such wish, or its value is out of bounds.
    """
    for name in wishes:
        if name not in _PARAMETERS:
            known = ", ".join(_PARAMETERS)
            raise QrStyleError(name, f"There is no parameter {name}; see {known}.")
    values = {
        _FIELDS.get(name, name): _PARAMETERS[name](text)
        for name, text in wishes.items()
    }
    return replace(plain, **values)  # type: ignore[arg-type]  # each of the field's type


def qr_form(ending: str) -> QrForm:
    """Return the form of images whose names end with *ending*, in lower case.

    Raises:
        QrStyleError: There is none.
    """
    try:
        return QrForm(ending)
    except ValueError:
        raise QrStyleError("form", "An image's name ends with .svg or .png.") from None


def _number(name: str, lowest: int, highest: int) -> Callable[[str], int]:
    def parse(text: str) -> int:
        if text.isascii() and text.isdigit() and len(text) <= 5:
            value = int(text)
            if lowest <= value <= highest:
                return value
        raise QrStyleError(
            name, f"{name} is a whole number from {lowest} to {highest}."
        )

    return parse


def color_in(text: str) -> str:
    """Return the color that *text* is, in the form that is stored.

    Raises:
        QrStyleError: It is none.
    """
    found = _COLOR.fullmatch(text)
    if found is None:
        raise QrStyleError("color", "color is six hexadecimal digits, such as 2f7d32.")
    return f"#{found[1].lower()}"


def background_in(text: str) -> str | None:
    """Return the background that *text* is; None: transparent.

    Raises:
        QrStyleError: It is none.
    """
    if text == TRANSPARENT:
        return None
    try:
        return color_in(text)
    except QrStyleError:
        raise QrStyleError(
            "background",
            "background is transparent, or six hexadecimal digits, such as ffffff.",
        ) from None


def _level(text: str) -> QrLevel:
    try:
        return QrLevel(text.upper())
    except ValueError:
        raise QrStyleError("level", "level is L, M, Q or H.") from None


def _switch(name: str) -> Callable[[str], bool]:
    def parse(text: str) -> bool:
        if text not in {"true", "false"}:
            raise QrStyleError(name, f"{name} is true or false.")
        return text == "true"

    return parse


_PARAMETERS: Final[Mapping[str, Callable[[str], object]]] = {
    "size": _number("size", MIN_SIZE, MAX_SIZE),
    "margin": _number("margin", 0, MAX_MARGIN),
    "color": color_in,
    "background": background_in,
    "level": _level,
    "logo": _switch("logo"),
    "track": _switch("track"),
}
_FIELDS: Final = {"logo": "has_logo", "track": "is_tracked"}
