"""Tell how often links were visited."""

from collections.abc import Sequence

from waypost.domain.errors import LinkNotFound
from waypost.domain.links import CountedLink
from waypost.ports.clicks import PendingClicks
from waypost.ports.storage import LinkReader
from waypost.services.resolve import resolve


async def stats(code: str, *, links: LinkReader, pending: PendingClicks) -> CountedLink:
    """Return the link of *code* with its clicks, those of a moment ago included.

    Raises:
        LinkNotFound: No link has this code.
        BackendUnavailable: The store does not answer.
    """
    # Looked up first: questions about codes that do not exist must not set the
    # counting of clicks to work.
    await resolve(code, links=links)
    await pending.settle()
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
