"""When clicks happened: never far ahead of the clock."""

from typing import Final

AHEAD_MS: Final = 300_000
"""How far clocks of servers may differ, in milliseconds: five minutes."""

NS_PER_MS: Final = 1_000_000


def moments_of(sent: list[int], now_ms: int) -> list[int]:
    """Return the moments that clicks *sent* say, in milliseconds since 1970, in UTC.

    It is the same list where all of them are plausible.
    """
    latest = now_ms + AHEAD_MS
    if not sent or (min(sent) >= 0 and max(sent) <= latest):
        return sent
    return [now_ms if time_ms > latest else max(time_ms, 0) for time_ms in sent]
