"""Refusals of changes to another version of a link, with the link as it is now."""

from fastapi import Request

from waypost.api.access.guard import asking
from waypost.api.context import context_of
from waypost.api.links.bodies import LinkView
from waypost.api.links.etags import etag
from waypost.api.problems import Outdated
from waypost.domain.errors import (
    LinkChangedMeanwhile,
    LinkNotFound,
    PreconditionFailed,
)
from waypost.domain.links import code_and_domain
from waypost.services.links.names import key_named
from waypost.services.links.stats import find


async def key_in(name: str, request: Request) -> str:
    """Return the key of the link that is called *name*.

    Raises:
        LinkNotFound: No link can have this name, or the key of the request is not for
            links of its domain.
        BackendUnavailable: The store does not answer.
    """
    links, principal = context_of(request).links, asking(request)
    table = links.domains.table
    key = await key_named(name, storage=links.storage, table=table)
    host = table.host_of(code_and_domain(key)[1])
    if principal and principal.domains and host not in principal.domains:
        raise LinkNotFound
    return key


async def outdated(
    name: str, tagged: frozenset[int] | None, request: Request
) -> Outdated:
    """Return the refusal that fits the way in which a version was named.

    Raises:
        BackendUnavailable: The store does not answer.
    """
    refusal = LinkChangedMeanwhile() if tagged is None else PreconditionFailed()
    context = context_of(request)
    try:
        key = await key_in(name, request)
        counted = await find(key, links=context.links.storage.links)
    except LinkNotFound:
        return Outdated(refusal)
    view = LinkView.of(counted, base_url=context.base_url, context=context.links)
    return Outdated(
        refusal,
        current=view.model_dump(mode="json"),
        tag=etag(counted.link.version),
    )
