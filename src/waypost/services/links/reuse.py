"""Find a link that there is already, instead of making the same one again."""

from collections.abc import Collection
from typing import Final

from waypost.domain.domains.domains import LinkDomain
from waypost.domain.errors import DomainError, OptionConflict
from waypost.domain.links import CountedLink, key_of
from waypost.domain.listing.filters import LinkFilter, Sort
from waypost.domain.options import LinkOptions
from waypost.domain.urls.targets import canonical
from waypost.domain.verdict import Plan, state_in
from waypost.services.links.context import LinkContext
from waypost.services.links.create import (
    LinkCreation,
    domain_of,
    with_defaults,
    wrong_in_creation,
)
from waypost.services.links.options import checked
from waypost.services.lists.pages import ListQuery, list_links

LOOKED_AT: Final = 100
"""How many links with the same target are compared, the newest ones."""


async def reusable(
    creation: LinkCreation, *, given: Collection[str], context: LinkContext
) -> CountedLink | None:
    """Return a link that does what *creation* asks for; None: there is none.

    It has the same target and code, if one is given, the same options of the names
    *given*, and the state that the new link would have.

    Raises:
        InvalidTarget: The URL, or `expired_url`, is refused; a subclass says why.
        OptionConflict: The options contradict each other.
        InvalidRules: Rules or variants are wrong.
        BackendUnavailable: The store does not answer.
    """
    try:
        target, domain, options = _checked(creation, context)
    except DomainError as error:
        found = wrong_in_creation(creation, context=context)
        found.add(error.wrong)
        raise found.refusal(error) from None
    plan = Plan(location=target, is_deleted=False, options=options)
    wanted = LinkFilter(
        target=canonical(target),
        domains=frozenset({domain.host}) if context.domains.table.others else None,
        name=creation.code and key_of(domain.stored(creation.code), domain.host),
        external_id=creation.external_id,
        created_by=creation.owner,
        states=frozenset({state_in(plan, context.clock.now())}),
    )
    query = ListQuery(wanted=wanted, sort=Sort(), limit=LOOKED_AT)
    answer = await list_links(query, lists=context.lists, clock=context.clock)
    for counted in answer.links:
        has = counted.link.options
        if all(getattr(has, name) == getattr(options, name) for name in given):
            return counted
    return None


def _checked(
    creation: LinkCreation, context: LinkContext
) -> tuple[str, LinkDomain, LinkOptions]:
    """Return the target, the domain and the options of *creation*."""
    if creation.utm_template is not None:
        conflict = OptionConflict("reuse and utm_template exclude each other.")
        conflict.wrong = [conflict.at("utm_template")]
        raise conflict
    target = context.target(creation.url)
    domain = domain_of(creation, context=context)
    options = with_defaults(creation, domain)
    return target, domain, checked(options, target=target, context=context)
