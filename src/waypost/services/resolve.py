"""Find the link behind a code."""

from waypost.domain.errors import LinkNotFound
from waypost.domain.links import Link
from waypost.ports.storage import LinkReader


async def resolve(code: str, *, links: LinkReader) -> Link:
    """Return the link whose code is *code*.

    Raises:
        LinkNotFound: No link has this code.
        BackendUnavailable: The store does not answer.
    """
    link = await links.by_code(code)
    if link is None:
        raise LinkNotFound
    return link
