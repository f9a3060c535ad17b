"""Tell how often links were visited."""

from collections.abc import Sequence
from dataclasses import replace

from waypost.domain.errors import BackendUnavailable, LinkNotFound
from waypost.domain.links import CountedLink
from waypost.ports.clicks import PendingClicks
from waypost.ports.storage import LinkReader


class CountedOnly:
    """Knows of no pending clicks; `PendingClicks` where nobody keeps their number."""

    async def pending(self, code: str) -> int:
        """Return 0."""
        del code
        return 0


async def stats(code: str, *, links: LinkReader, pending: PendingClicks) -> CountedLink:
    """Return the link of *code* with its clicks, those of a moment ago included.

    While it cannot be told which clicks are pending, the counted ones are returned.

    Raises:
        LinkNotFound: No link has this code.
        BackendUnavailable: The store does not answer.
    """
    # Looked up first: questions about codes that do not exist must not set the
    # counting of clicks to work.
    await find(code, links=links)
    # Before the count is read: a click that is counted in between is told twice for
    # a moment, where it would be missing the other way round.
    waiting = await _pending(code, pending=pending)
    counted = await find(code, links=links)
    return replace(counted, clicks=counted.clicks + waiting)


async def find(code: str, *, links: LinkReader) -> CountedLink:
    """Return the link of *code* with the clicks that are counted so far.

    Raises:
        LinkNotFound: No link has this code.
        BackendUnavailable: The store does not answer.
    """
    counted = await links.counted(code)
    if counted is None:
        raise LinkNotFound
    return counted


async def newest(
    *, limit: int, links: LinkReader, before_id: int | None = None
) -> Sequence[CountedLink]:
    """Return up to *limit* links, the newest first, those older than *before_id*.

    Their clicks are the ones counted so far: a list is not worth a wait.

    Raises:
        BackendUnavailable: The store does not answer.
    """
    return await links.newest(limit=limit, before_id=before_id)


async def _pending(code: str, *, pending: PendingClicks) -> int:
    try:
        return await pending.pending(code)
    except BackendUnavailable:
        return 0
