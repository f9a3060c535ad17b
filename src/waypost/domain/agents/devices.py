"""Which kind of device a user agent is of. `ua-parser` knows models, and no kinds."""

import re
from typing import Final

from waypost.domain.agents.families import DESKTOPS

PHONE: Final = "phone"
TABLET: Final = "tablet"
DESKTOP: Final = "desktop"
TV: Final = "tv"
OTHER: Final = "other"

_CONSOLE: Final = re.compile(
    r"PlayStation|Nintendo|Xbox|\bWatch\b|Quest\b|CarPlay|Tesla"
)
_TV: Final = re.compile(
    r"Smart-?_? ?TV|SMART-TV|HbbTV|Apple ?TV|tvOS|CrKey|GoogleTV|Google TV|Android ?TV"
    r"|\bAFT[A-Z]|BRAVIA|NetCast|NETTV|Web0S|webOS\.TV|Roku|Viera|VIDAA|Hisense.*TV"
    r"|AQUOS ?TV|AQUOS-AS|Mi ?TV|MiBOX|MIBOX|Chromecast|Shield Android|DTV|TSBNetTV"
    r"|\bTV(?: Safari|Build| Build|;)|Large Screen"
)
_TABLET: Final = re.compile(r"iPad|PlayBook|Kindle|Silk(?!.*Mobile)|\bKF[A-Z]{3,4}\b")
_PHONE: Final = re.compile(
    r"iPhone|iPod|Windows Phone|IEMobile|BlackBerry|BB10|KAIOS|Opera M(?:ini|obi)|J2ME"
    r"|MIDP|Symbian|SymbOS|Series ?[346]0|Nokia|Palm|webOS|hpwOS"
)
_KINDS: Final = (
    (_CONSOLE, OTHER),
    (_TV, TV),
    (_TABLET, TABLET),
    (_PHONE, PHONE),
)
"""The first that matches decides."""


def device_of(agent: str, os: str | None) -> str:
    """Return the kind of device of a browser with this *agent* on *os*."""
    for expression, device in _KINDS:
        if expression.search(agent):
            return device
    if os == "android" or "Android" in agent:
        return _android_device(agent)
    if os in DESKTOPS:
        return DESKTOP
    return PHONE if os == "ios" or "Mobile" in agent else OTHER


def _android_device(agent: str) -> str:
    """Return what Android's browsers say: those of phones have the word `Mobile`."""
    if "Tablet" in agent or "Mobile" not in agent:
        return TABLET
    return PHONE
