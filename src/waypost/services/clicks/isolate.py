"""Counting clicks although some cannot be counted, and finding out which.

all together ──refused──▶ halves ──refused──▶ … ──▶ one click, three attempts
"""

import asyncio
from collections import defaultdict
from collections.abc import (
    Awaitable,
    Callable,
    Collection,
    Iterable,
    Mapping,
    Sequence,
)
from functools import partial
from typing import NamedTuple

from waypost.domain.clicks import ClickIdentity
from waypost.domain.errors import BackendUnavailable
from waypost.ports.storage import Storage
from waypost.services.clicks.count import (
    NONE_PLACED,
    CountedNow,
    GroupedClicks,
    KeepUnknown,
    Placed,
    count_clicks,
)
from waypost.wire.click_event import BusClick

ATTEMPTS = 3
"""How often a click is tried by itself before it is refused."""
MOST_REFUSED = 16
"""If so many clicks are refused and none is counted, the clicks are not the cause."""
PAUSE_SECONDS = 0.1
"""How long to wait before a click is tried by itself again; then twice as long."""


class RefusedClick(NamedTuple):
    """A click that cannot be counted."""

    at: int
    """Its place among those to be counted."""
    reason: str


class Isolated(NamedTuple):
    """The result for some clicks."""

    fresh: int
    """How many had not been counted yet, and are now."""
    unknown: int
    """How many were on links that the store does not know; dead letters keep them."""
    refused: Sequence[RefusedClick]


def grouped(clicks: Iterable[BusClick]) -> GroupedClicks:
    """Return *clicks* as they are counted. Runs for every click: plain dictionaries."""
    journals: defaultdict[str, defaultdict[int, dict[int, int]]]
    journals = defaultdict(lambda: defaultdict(dict))
    for click in clicks:
        journals[click.journal][click.lane][click.sequence] = click.link_id
    return journals


async def count_countable(
    clicks: Sequence[BusClick],
    *,
    storage: Storage,
    keep_unknown: Callable[[Sequence[int]], Awaitable[None]],
    settled: Mapping[str, int] | None = None,
) -> Isolated:
    """Count all *clicks* that can be counted, in as few transactions as possible.

    *keep_unknown* keeps those at some places, whose links the store does not know.
    *settled* as in `ports.bus.BusBatch`.

    Raises:
        BackendUnavailable: Some may not be counted yet; those that are will be
            recognised.
        Exception: The error that keeps every single one from being counted.
    """

    async def keep(part: range, links: Collection[int]) -> None:
        await keep_unknown([at for at in part if clicks[at].link_id in links])

    fresh, unknown, succeeded = 0, 0, False
    refused: list[RefusedClick] = []
    waiting = [range(len(clicks))] if clicks else []
    while waiting:
        part = waiting.pop()
        try:
            counted = await _count(
                clicks[part.start : part.stop],
                settled or {},
                storage=storage,
                keep=partial(keep, part),
            )
            fresh, unknown = fresh + counted.fresh, unknown + counted.unknown
            succeeded = True
        except BackendUnavailable:
            raise
        except Exception as error:
            if len(part) > 1:
                middle = len(part) // 2
                waiting += [part[middle:], part[:middle]]
                continue
            refused.append(RefusedClick(part[0], _reason(error)))
            if len(refused) >= MOST_REFUSED and not succeeded:
                raise
    return Isolated(fresh, unknown, refused)


async def _count(
    clicks: Sequence[BusClick],
    settled: Mapping[str, int],
    *,
    storage: Storage,
    keep: KeepUnknown,
) -> CountedNow:
    """Count *clicks* together; a single one gets several attempts."""
    attempts = ATTEMPTS if len(clicks) == 1 else 1
    counting = partial(
        count_clicks,
        grouped(clicks),
        storage=storage,
        placed=Placed(_deltas(clicks), settled) if settled else NONE_PLACED,
        keep_unknown=keep,
    )
    for attempt in range(1, attempts):
        try:
            return await counting()
        except BackendUnavailable:
            raise
        except Exception:  # noqa: BLE001 - the last attempt raises it
            await asyncio.sleep(PAUSE_SECONDS * 2 ** (attempt - 1))
    return await counting()


def _deltas(clicks: Iterable[BusClick]) -> dict[ClickIdentity, int]:
    return {
        ClickIdentity(click.journal, click.lane, click.sequence): click.delta
        for click in clicks
        if click.delta != 1
    }


def _reason(error: Exception) -> str:
    """Return the kind of error, without the texts of drivers, which repeat values."""
    kind, cause = type(error).__name__, error.__cause__
    cause_text = f"{kind} ({type(cause).__name__})" if cause else kind
    return f"Counting failed: {cause_text}"
