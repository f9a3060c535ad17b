"""Links with the number of their clicks."""

from collections.abc import Sequence

from waypost.domain.errors import LinkNotFound
from waypost.domain.links import CountedLink, code_and_domain
from waypost.ports.links import LinkReader
from waypost.ports.storage import ClickSettlement


async def stats(
    key: str, *, links: LinkReader, settlement: ClickSettlement
) -> CountedLink:
    """Return the link of *key* with its clicks, the most recent ones included.

    Raises:
        LinkNotFound: No link has this code.
        BackendUnavailable: The store does not answer.
    """
    # Looked up first: a request for a code that does not exist must not wait, nor
    # start the counting of clicks.
    await find(key, links=links)
    await settlement.settle(code_and_domain(key)[0])
    return await find(key, links=links)


async def find(key: str, *, links: LinkReader) -> CountedLink:
    """Return the link of *key*, as of `key_of`, with the clicks counted so far.

    Raises:
        LinkNotFound: No link has this code.
        BackendUnavailable: The store does not answer.
    """
    code, domain = code_and_domain(key)
    counted = await links.counted(code, domain=domain)
    if counted is None:
        raise LinkNotFound
    return counted


async def newest(
    *, limit: int, links: LinkReader, before_id: int | None = None
) -> Sequence[CountedLink]:
    """Return up to *limit* links, the newest first, those older than *before_id*.

    Their clicks are those counted so far: a list does not wait for more.

    Raises:
        BackendUnavailable: The store does not answer.
    """
    return await links.newest(limit=limit, before_id=before_id)
