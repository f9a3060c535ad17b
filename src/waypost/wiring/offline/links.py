"""Links of a database, with or without a server."""

from collections.abc import AsyncIterator

from waypost.adapters.local import IdnaHostNames
from waypost.config import Settings
from waypost.domain.links import CountedLink
from waypost.domain.urls.targets import leads_back
from waypost.services.links.stats import newest
from waypost.wiring.offline.storage import open_storage
from waypost.wiring.parts.targets import own_server

_PAGE = 1_000


async def newest_links(settings: Settings, *, limit: int) -> AsyncIterator[CountedLink]:
    """Yield up to *limit* links, the newest first, with the clicks counted so far.

    Raises:
        As `open_storage`.
    """
    async with open_storage(settings) as storage:
        before: int | None = None
        while limit > 0:
            size = min(limit, _PAGE)
            page = await newest(limit=size, links=storage.links, before_id=before)
            for counted in page:
                yield counted
            if len(page) < size:
                break
            limit -= size
            before = page[-1].link.id


async def looping_links(
    settings: Settings, *, limit: int
) -> AsyncIterator[tuple[str, bool]]:
    """Yield the code of each of the newest *limit* links, and whether it is a loop.

    A loop leads back to the server of *settings*: its target was not one of the
    server's own names when the link was stored.

    Raises:
        As `newest_links`, and SettingsError: `BASE_URL` or `OWN_HOSTS` is wrong.
    """
    own = own_server(settings, to_ascii=IdnaHostNames().to_ascii)
    async for counted in newest_links(settings, limit=limit):
        link = counted.link
        yield link.code, leads_back(link.target, own=own)
