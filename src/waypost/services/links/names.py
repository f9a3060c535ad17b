"""Which link a client means: by its code, or by its id as `id:1001`."""

import re
from typing import Final

from waypost.domain.codes import parse_code
from waypost.domain.errors import LinkNotFound
from waypost.domain.links import DEFAULT_DOMAIN
from waypost.ports.storage import Storage

_ID: Final = re.compile(r"id:([0-9]{1,18})")
"""No code has a colon in it."""


async def code_of(name: str, *, storage: Storage) -> str:
    """Return the code of the link that is called *name*; a code may be of no link.

    Raises:
        LinkNotFound: No link can have this name, or none has this id.
        BackendUnavailable: The store does not answer.
    """
    if found := _ID.fullmatch(name):
        for link in await storage.links.by_ids([int(found[1])]):
            if link.domain == DEFAULT_DOMAIN:
                return link.code
        raise LinkNotFound("No link has this id.")
    code = parse_code(name) if name else None
    if code is None:
        raise LinkNotFound
    return code
