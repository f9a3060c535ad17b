"""A small classification of clients, for rules of links: no library, a few µs.

It agrees with the one of reports (`adapters.agents.clients`), which knows hundreds of
rare browsers; `tests/unit/agents` compares both.
"""

import re
from functools import lru_cache
from typing import Final, NamedTuple

from waypost.domain.agents.devices import (
    DESKTOP,
    OTHER,
    PHONE,
    TABLET,
    device_of,
)
from waypost.domain.agents.families import BRANDS, SYSTEMS
from waypost.domain.agents.hints import NO_HINTS, Hints, hints_of

MAX_BYTES: Final = 512
"""Bytes of a user agent that are read; few have more than 300."""
_CACHED: Final = 4_096

_OS: Final = (
    ("other", r"Windows Phone|IEMobile|KAIOS|Tizen|Web0S|webOS|PlayStation|Nintendo"),
    ("ios", r"iPhone|iPad|iPod|\biOS\b"),
    ("android", r"Android"),
    ("chromeos", r"\bCrOS\b"),
    ("windows", r"Windows"),
    ("macos", r"Macintosh|Mac ?OS"),
    ("linux", r"Linux|X11|Ubuntu|Fedora"),
)
"""The first that is found decides."""
_IN_APPS: Final = (
    r"\[FB|FBA[NV]|MetaIAB|Instagram|Snapchat|musical_ly|BytedanceWebview|TikTok"
    r"|LinkedInApp|MicroMessenger|GSA/|Pinterest|Twitter|Line/|Viber|WhatsApp|Bluesky"
    r"|Tumblr|Slack/|Electron/|Thunderbird"
)
_RARE: Final = (
    r"MiuiBrowser|HuaweiBrowser|UCBrowser|YaBrowser|SogouMobileBrowser|DuckDuckGo|Ddg/"
    r"|Vivaldi|Silk/|Epiphany|konqueror|Whale/|QQBrowser|Focus/|Klar/|SeaMonkey|BB10"
    r"|VivoBrowser|HeyTapBrowser|Brave|MSIE|Trident|NintendoBrowser|PlayStation"
)
_BROWSER: Final = (
    ("other", rf"{_IN_APPS}|{_RARE}"),
    ("opera", r"\bOPR/|\bOPT/|OPiOS|\bOPX/|Opera"),
    ("edge", r"\bEdg(?:e|A|iOS)?/"),
    ("samsung", r"SamsungBrowser"),
    ("firefox", r"Firefox/|FxiOS/"),
    ("chrome", r"Chrome/|CriOS/|Chromium/"),
    ("android_browser", r"Android .*Version/.*Safari/"),
    ("safari", r"Version/.*Safari/"),
)


class SeenClient(NamedTuple):
    """What a visitor has, in the words of reports; empty: it does not say."""

    device: str
    os: str
    browser: str


_UNKNOWN: Final = SeenClient("", "", "")


def _compiled(
    table: tuple[tuple[str, str], ...],
) -> tuple[tuple[str, re.Pattern[str]], ...]:
    return tuple((name, re.compile(expression)) for name, expression in table)


_SYSTEM_RULES: Final = _compiled(_OS)
_BROWSER_RULES: Final = _compiled(_BROWSER)


@lru_cache(_CACHED)
def seen_client(user_agent: bytes, hints: str) -> SeenClient:
    """Return the client with this *user_agent*, of `MAX_BYTES` at most.

    *hints* are `Sec-CH-UA`, `-Mobile` and `-Platform`, joined by `;`; empty: none.
    """
    if not user_agent:
        return _UNKNOWN
    agent = user_agent.decode("latin-1")
    said = hints_of(hints) if hints else NO_HINTS
    os = SYSTEMS.get(said.platform) or _first(_SYSTEM_RULES, agent)
    return SeenClient(client_device(agent, os, said), os, _browser(agent, said))


def client_device(agent: str, os: str, said: Hints) -> str:
    """Return the kind of device of *agent*, by its hints where they know more.

    A tablet that asks for a computer's pages has a computer's agent, and yet names its
    platform.
    """
    device = device_of(agent, os)
    if said.platform == "Android" and "Android" not in agent and device != PHONE:
        return PHONE if said.is_mobile else TABLET
    if said.is_mobile and device == DESKTOP:
        return PHONE
    return device


def _browser(agent: str, said: Hints) -> str:
    found = _first(_BROWSER_RULES, agent)
    if found != "chrome":
        return found
    named = (BRANDS[brand] for brand in said.brands if brand in BRANDS)
    return next(named, found)


def _first(rules: tuple[tuple[str, re.Pattern[str]], ...], agent: str) -> str:
    return next((name for name, rule in rules if rule.search(agent)), OTHER)
