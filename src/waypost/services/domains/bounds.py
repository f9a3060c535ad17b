"""Clients that are bound to domains: whose links they make, change and see."""

from collections.abc import Iterable
from typing import TypeAlias

from waypost.domain.domains.table import DomainTable
from waypost.domain.errors import DomainNotAllowed, LinkNotFound
from waypost.domain.links import DEFAULT_DOMAIN
from waypost.domain.naming.external_ids import external_id_in

Bound: TypeAlias = frozenset[str] | None
"""The domains, as links are stored with them, to which a client is bound; None: it is
for the links of all."""


def bound_to(hosts: Iterable[str], table: DomainTable) -> Bound:
    """Return the domains that people call *hosts*; None: there are no others."""
    found = map(table.named, hosts)
    domains = frozenset(domain.host for domain in found if domain is not None)
    return None if domains >= {DEFAULT_DOMAIN, *table.others} else domains


def check_domain(domain: str, bound: Bound, table: DomainTable) -> None:
    """Refuse a client that is bound to other domains than *domain*.

    Raises:
        DomainNotAllowed: It is.
    """
    if bound is not None and domain not in bound:
        names = ", ".join(sorted(map(table.host_of, bound))) or "no domain of today"
        raise DomainNotAllowed(
            f"This key is for links of {names}, and these are links of "
            f"{table.host_of(domain)}."
        )


def check_named(name: str, domain: str, bound: Bound, table: DomainTable) -> None:
    """Refuse who is bound to other domains than that of the link called *name*.

    Raises:
        LinkNotFound: It is, and would learn from another refusal that there is a link
            of this id or external id.
        DomainNotAllowed: It is, and has named the domain.
    """
    is_number = name.startswith("id:") or external_id_in(name) is not None
    if is_number and bound is not None and domain not in bound:
        raise LinkNotFound
    check_domain(domain, bound, table)
