"""When a click happened: never far ahead of the clock."""

from typing import Final

from waypost.domain.clicks import Click

AHEAD_MS: Final = 300_000
"""How far clocks of servers may differ, in milliseconds: five minutes."""

_NS_PER_MS: Final = 1_000_000


def moment_of(click: Click, now_ms: int) -> int:
    """Return the moment of *click* in milliseconds since 1970, in UTC."""
    time_ms = click.time_ns // _NS_PER_MS
    return now_ms if time_ms > now_ms + AHEAD_MS else max(time_ms, 0)
