"""Links whose target is shown to none who only knows their code."""

from fastapi import Request

from waypost.api.access.guard import bound_of, check_scope, recognised
from waypost.api.access.own_links import check_owner, own_id
from waypost.api.access.presented import key_in
from waypost.api.context import context_of
from waypost.domain.access.scopes import KeyScope
from waypost.domain.errors import LinkNotFound, NotAuthenticated
from waypost.domain.links import CountedLink
from waypost.domain.verdict import is_target_secret

_NEEDS_KEY = (
    "Who only knows the code of this link learns nothing of it: it has a password, or "
    "visitors are not shown where it leads. Send a key with the scope links:read."
)


async def check_sight(counted: CountedLink, request: Request) -> None:
    """Refuse to show a link whose target is secret to who has no key that sees it.

    Raises:
        NotAuthenticated: The request brings no key, or one that is not known.
        KeyInactive: The key was revoked, or has expired.
        ScopeMissing: The key does not permit to read links.
        LinkNotFound: The key is for links of other domains, or for its own.
        RateLimited: The client sends too many wrong keys.
        BackendUnavailable: The store of keys does not answer.
    """
    context = context_of(request)
    if not is_target_secret(counted, context.links.clock.now()):
        return
    text = key_in(request.scope)
    if not text:
        raise NotAuthenticated(_NEEDS_KEY)
    principal = await recognised(request.scope, text, context.access)
    check_scope(principal, KeyScope.LINKS_READ, context.access, is_of_domains=True)
    bound = bound_of(principal, context.access)
    if bound is not None and counted.link.domain not in bound:
        raise LinkNotFound
    check_owner(counted.link, own_id(principal))
