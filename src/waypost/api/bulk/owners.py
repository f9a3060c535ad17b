"""Items of those who see only the links that they made."""

from collections.abc import Callable
from dataclasses import replace

from waypost.api.access.own_links import check_owner
from waypost.domain.links import Link
from waypost.services.bulk.items import Item, NamedChange, Put, Reusable
from waypost.services.links.edit import Change


def owned(item: Item, owner: str) -> Item:
    """Return *item* as it is carried out for *owner*: other links are not found."""
    match item:
        case NamedChange(change=change) | Put(change=change):
            return item._replace(change=_checked(change, owner))
        case Reusable(creation=creation):
            return item._replace(creation=replace(creation, owner=owner))
    return item


def _checked(change: Change, owner: str) -> Change:
    check: Callable[[Link], None] = change.check

    def checked(link: Link) -> None:
        check_owner(link, owner)
        check(link)

    return replace(change, check=checked)
