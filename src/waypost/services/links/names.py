"""Which link a client means.

By its code, `domain:code`, `id:1001`, or by its own id as `ext:order-77`.
"""

import re
from typing import Final

from waypost.domain.codes import parse_code
from waypost.domain.domains.table import DomainTable
from waypost.domain.errors import LinkNotFound
from waypost.domain.links import Link, key_of
from waypost.domain.naming.external_ids import external_id_in
from waypost.ports.storage import Storage

_ID: Final = re.compile(r"id:([0-9]{1,18})")
"""No code has a colon in it."""


def id_or_key(name: str, *, table: DomainTable) -> int | str | None:
    """Return the id or the key that *name* stands for; None: no link is called so."""
    if found := _ID.fullmatch(name):
        return int(found[1])
    host, _, text = name.rpartition(":")
    domain = table.named(host)
    code = parse_code(text) if text else None
    if code is None or domain is None or name.startswith(":"):
        return None
    return key_of(domain.stored(code), domain.host)


async def with_external_id(text: str, *, storage: Storage) -> Link | None:
    """Return the link with this external id; None: there is none.

    Of several the one that is not deleted, or else the newest.

    Raises:
        BackendUnavailable: The store does not answer.
    """
    found = await storage.links.by_external_ids([text])
    return max(found, key=lambda one: (one.deleted_at is None, one.id), default=None)


async def key_named(name: str, *, storage: Storage, table: DomainTable) -> str:
    """Return the key of the link that is called *name*; a key may be of no link.

    Raises:
        LinkNotFound: No link can have this name, or none has this id or external id.
        BackendUnavailable: The store does not answer.
    """
    if (text := external_id_in(name)) is not None:
        link = await with_external_id(text, storage=storage)
        if link is None:
            raise LinkNotFound("No link has this external id.")
        return link.key
    meant = id_or_key(name, table=table)
    if meant is None:
        raise LinkNotFound
    if isinstance(meant, str):
        return meant
    for link in await storage.links.by_ids([meant]):
        return link.key
    raise LinkNotFound("No link has this id.")
