"""Keys that see only the links that they made.

What is not listed here is refused to them, so that a new route shows them nothing.
"""

from collections.abc import Collection
from typing import Final

from fastapi.routing import APIRoute
from starlette.types import Scope

from waypost.domain.access.keys import Principal
from waypost.domain.errors import LinkNotFound
from waypost.domain.links import Link, code_and_domain, maker_of
from waypost.domain.naming.errors import OwnLinksOnly
from waypost.services.links.context import LinkContext
from waypost.services.links.names import key_named

PRINCIPAL_KEY: Final = "waypost.principal"
"""Where a request's scope carries who asks."""
_LINK: Final = "code"
"""The parameter of paths that names a link."""
_PUT: Final = "put_link"
_ALLOWED: Final = frozenset(
    {
        _PUT,
        "shorten",
        "create_link",
        "read_link",
        "change_link",
        "delete_link",
        "restore_link",
        "simulate_visit",
        "list_history",
        "list_links",
        "change_links",
        "export_links",
        "export_clicks",
        "report_totals",
        "report_series",
        "report_breakdown",
        "report_clicks",
        "report_live",
        "me",
    }
)
"""The operations that show and change no other links: those that name one in their
path, which is checked here, and those that ask for `owner_in`."""


def owner_in(scope: Scope) -> str | None:
    """Return the id of the key whose links alone a request may see; None: all."""
    principal: Principal | None = scope.get(PRINCIPAL_KEY)
    return None if principal is None else own_id(principal)


def own_id(principal: Principal) -> str | None:
    """Return the id of the key whose links alone *principal* may see; None: all."""
    if not principal.own_links:
        return None
    # A key without an id made no link.
    return principal.actor.id or ":"


def check_owner(link: Link | None, owner: str | None) -> None:
    """Check that a link may be seen by who sees only the links of *owner*.

    Raises:
        LinkNotFound: It may not, or there is none.
    """
    if owner is not None and (link is None or maker_of(link) != owner):
        raise LinkNotFound


async def check_route(route: APIRoute, scope: Scope, links: LinkContext) -> None:
    """Check that who asks may see what a route and its path name.

    Raises:
        OwnLinksOnly: The route is about the links of others, too.
        LinkNotFound: The link is another one's.
        BackendUnavailable: The store does not answer.
    """
    owner = owner_in(scope)
    if owner is None:
        return
    if route.operation_id not in _ALLOWED:
        raise OwnLinksOnly
    name: str | None = scope.get("path_params", {}).get(_LINK)
    if name is None:
        return
    link: Link | None = None
    try:
        table = links.domains.table
        key = await key_named(name, storage=links.storage, table=table)
        code, domain = code_and_domain(key)
        link = await links.storage.links.by_code(code, domain=domain)
    except LinkNotFound:
        if route.operation_id != _PUT:
            raise
    if link is not None or route.operation_id != _PUT:
        check_owner(link, owner)


async def check_ids(
    ids: Collection[int], owner: str | None, links: LinkContext
) -> None:
    """Check that links may be seen by who sees only the links of *owner*.

    Raises:
        LinkNotFound: One may not, or there is none of an id.
        BackendUnavailable: The store does not answer.
    """
    if owner is None:
        return
    found = {link.id: link for link in await links.storage.links.by_ids(ids)}
    for link_id in ids:
        check_owner(found.get(link_id), owner)
