"""Which link a client means: by its code, or by its id as `id:1001`."""

import re
from typing import Final

from waypost.domain.codes import parse_code
from waypost.domain.errors import LinkNotFound
from waypost.domain.links import DEFAULT_DOMAIN
from waypost.ports.storage import Storage

_ID: Final = re.compile(r"id:([0-9]{1,18})")
"""No code has a colon in it."""


def id_or_code(name: str) -> int | str | None:
    """Return the id or the code that *name* stands for; None: no link is called so."""
    if found := _ID.fullmatch(name):
        return int(found[1])
    return parse_code(name) if name else None


async def code_of(name: str, *, storage: Storage) -> str:
    """Return the code of the link that is called *name*; a code may be of no link.

    Raises:
        LinkNotFound: No link can have this name, or none has this id.
        BackendUnavailable: The store does not answer.
    """
    meant = id_or_code(name)
    if meant is None:
        raise LinkNotFound
    if isinstance(meant, str):
        return meant
    for link in await storage.links.by_ids([meant]):
        if link.domain == DEFAULT_DOMAIN:
            return link.code
    raise LinkNotFound("No link has this id.")
