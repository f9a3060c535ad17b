"""Why a click is a machine's: the values of `Dimension.MACHINE`."""

import re
from typing import Final

AGENT: Final = "agent"
"""The user agent names a program, or there is none: every browser sends one."""

PREVIEW: Final = "preview"
"""The user agent is that of a service which shows what a link leads to."""

PREFETCH: Final = "prefetch"
"""The request says that a browser loads a page which its user may not see."""

NETWORK: Final = "network"
"""The address lies in a network of machines that the settings name."""

OF_AGENT: Final = frozenset({AGENT, PREVIEW})
"""What the user agent alone decides."""

EARLY: Final = re.compile(rb"prefetch|prerender|preview|instant", re.IGNORECASE)
"""What browsers send in the headers of `Click.purpose` when they load a page early."""

_BROWSERS: Final = (b"mozilla/", b"opera/", b"dalvik/")
"""What the agents of browsers, and of apps that open pages, begin with."""
_NO_BROWSER: Final = re.compile(
    # An old crawler: browsers name themselves without a slash here.
    rb"mozilla/\S+ \(compatible; [a-z]+ ?[a-z]*/"
    # Browsers say behind their first word, in parentheses, what they run on.
    rb"|mozilla/\S*(?: [^(]|$)"
)
_PROGRAMS: Final = (
    *(b"+http", b"bot", b"crawl", b"spider", b"scrap", b"headless", b"phantom"),
    *(b"preview", b"unfurl", b"facebookexternalhit", b"google-", b"fetch", b"monitor"),
    *(b"inspect", b"validator", b"lighthouse", b"scan", b"archive"),
)
"""Words by which programs name themselves: searched for one by one, which is faster
than an expression."""


def is_program(agent: bytes) -> bool:
    """Return whether a user agent is that of a program, by its words alone.

    For where no list is at hand: it takes microseconds and no memory. A program that
    is known by its name only is taken for a person.
    """
    letters = agent.lower()
    if not letters.startswith(_BROWSERS) or _NO_BROWSER.match(letters):
        return True
    words = letters.replace(b"cubot", b"")  # a maker of phones
    return any(word in words for word in _PROGRAMS)
