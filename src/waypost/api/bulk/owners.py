"""Items of those who see only some links: those that they made, or of some domains."""

from collections.abc import Callable
from dataclasses import replace

from waypost.api.access.own_links import check_owner
from waypost.domain.errors import DomainError, LinkNotFound
from waypost.domain.links import Link
from waypost.domain.naming.external_ids import external_id_in
from waypost.services.bulk.items import Item, NamedChange, Put, Refusal, Reusable
from waypost.services.domains.bounds import Bound, check_domain
from waypost.services.links.context import LinkContext
from waypost.services.links.create import Draft, domain_of
from waypost.services.links.edit import Change


def owned(item: Item, owner: str) -> Item:
    """Return *item* as it is carried out for *owner*: other links are not found."""
    match item:
        case NamedChange(change=change) | Put(change=change):
            return item._replace(change=_checked(change, _of_owner(owner)))
        case Reusable(creation=creation):
            return item._replace(creation=replace(creation, owner=owner))
    return item


def within(item: Item, bound: Bound, context: LinkContext) -> Item:
    """Return *item* as it is carried out for who is *bound* to domains.

    Others get no links, and their links are not found.
    """
    if bound is None or isinstance(item, Refusal):
        return item
    if isinstance(item, NamedChange | Put):
        item = item._replace(change=_checked(item.change, _of_domains(bound)))
    host = _made_in(item, context)
    if host is None:
        return item
    try:
        check_domain(host, bound, context.domains.table)
    except DomainError as error:
        if isinstance(item, Put) and external_id_in(item.name) is not None:
            # It makes no link, and may still change one.
            return NamedChange(item.name, item.change)
        return Refusal.of(error)
    return item


def _made_in(item: Item, context: LinkContext) -> str | None:
    """Return the domain in which *item* may make a link; None: it makes none."""
    match item:
        case Draft(domain=domain) | Put(draft=Draft(domain=domain)):
            return domain.host
        case Reusable(creation=creation):
            return domain_of(creation, context=context).host
    return None


def _of_owner(owner: str) -> Callable[[Link], None]:
    return lambda link: check_owner(link, owner)


def _of_domains(bound: frozenset[str]) -> Callable[[Link], None]:
    def check(link: Link) -> None:
        if link.domain not in bound:
            raise LinkNotFound

    return check


def _checked(change: Change, first: Callable[[Link], None]) -> Change:
    """Return *change* of links that pass the check *first*."""
    check: Callable[[Link], None] = change.check

    def checked(link: Link) -> None:
        first(link)
        check(link)

    return replace(change, check=checked)
