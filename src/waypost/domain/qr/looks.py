"""How the QR codes of a domain look where a request asks for nothing else."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Final

MAX_MARGIN: Final = 16
"""Modules of empty space on each side."""


class QrLevel(StrEnum):
    """How much of a code may be damaged and still be read (ISO/IEC 18004, 7.5.1)."""

    LOW = "L"
    MEDIUM = "M"
    QUARTILE = "Q"
    HIGH = "H"


@dataclass(frozen=True, slots=True, kw_only=True)
class LogoMark:
    """Which logo a domain has, without its content: that is read when it is drawn."""

    sha256: str
    """Of the data URL, in hexadecimal digits."""
    length: int
    """Of the data URL, in characters."""


@dataclass(frozen=True, slots=True, kw_only=True)
class QrLooks:
    """How codes look. The defaults are what every reader takes."""

    color: str = "#000000"
    background: str | None = "#ffffff"
    """None: transparent."""
    margin: int = 4
    """Modules of empty space; ISO/IEC 18004 wants four."""
    level: QrLevel = QrLevel.MEDIUM
    logo: LogoMark | None = None


PLAIN_LOOKS: Final = QrLooks()
