"""Storing the codes of a domain's links in another form."""

from typing import Final

from sqlalchemy import Connection, bindparam, select, update

from waypost.adapters.sql.statements.link_rows import COLUMNS, link_of
from waypost.adapters.sql.tables import links
from waypost.domain.domains.domains import LinkDomain
from waypost.ports.domains.recoding import recoded_links
from waypost.ports.domains.store import Recoded
from waypost.wire.link_options import encode_options

_AT_ONCE: Final = 1_000
_CHANGE: Final = (
    update(links)
    .where(links.c.id == bindparam("link_id"))
    .values(
        code=bindparam("new_code"),
        options=bindparam("new_options"),
        version=bindparam("new_version"),
    )
)


def recode(connection: Connection, domain: LinkDomain) -> Recoded:
    """Store the codes of a domain's links in the form that *domain* says."""
    # Held, so that none of them changes between here and there.
    query = select(*COLUMNS).where(links.c.domain == domain.host).with_for_update()
    rows = connection.execute(query.execution_options(yield_per=_AT_ONCE))
    with rows:
        recoded = recoded_links(map(link_of, rows.mappings()), domain)
    if recoded.collisions or recoded.are_too_many:
        return recoded
    for first in range(0, len(recoded.links), _AT_ONCE):
        some = recoded.links[first : first + _AT_ONCE]
        values = [
            {
                "link_id": link.id,
                "new_code": link.code,
                "new_options": encode_options(link.options).decode(),
                "new_version": link.version,
            }
            for link in some
        ]
        connection.execute(_CHANGE, values)
    return recoded
