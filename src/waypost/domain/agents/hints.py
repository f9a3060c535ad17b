"""Client hints: what browsers of Chromium say besides their user agent."""

import re
from typing import Final, NamedTuple

_TEXT: Final = re.compile(r'"((?:[^"\\]|\\.)*)"')


class Hints(NamedTuple):
    """What a browser says of itself."""

    brands: frozenset[str]
    is_mobile: bool | None
    """None: it does not say."""
    platform: str
    """Such as `Android` or `Windows`; empty: it does not say."""


NO_HINTS: Final = Hints(frozenset(), None, "")


def hints_of(text: str) -> Hints:
    """Return the hints in `Sec-CH-UA`, `-Mobile` and `-Platform`, joined by `;`."""
    brands, *others = text.rsplit(";", 2)
    if len(others) != 2:
        return NO_HINTS
    mobile, platform = (other.strip() for other in others)
    found = _TEXT.fullmatch(platform)
    return Hints(
        brands=frozenset(_TEXT.findall(brands)),
        is_mobile={"?1": True, "?0": False}.get(mobile),
        platform=found[1] if found else "",
    )
