"""Find links that there are already, for the items that would rather have those."""

from collections.abc import Sequence
from typing import NamedTuple, TypeAlias

from waypost.domain.errors import BackendUnavailable, DomainError
from waypost.domain.urls.targets import canonical
from waypost.services.bulk.items import (
    Done,
    Item,
    NamedChange,
    Put,
    Refusal,
    Reusable,
)
from waypost.services.links.context import LinkContext
from waypost.services.links.create import Draft, drafted
from waypost.services.links.reuse import reusable


class Same(NamedTuple):
    """An item that gets the link of an earlier one, by its place."""

    position: int


Ready: TypeAlias = Draft | NamedChange | Put | Refusal | Done | Same
"""An item of which is known whether it makes a link."""


async def without_reusable(
    items: Sequence[Item], *, context: LinkContext
) -> Sequence[Ready]:
    """Return *items* with what each of them does.

    Raises:
        BackendUnavailable: The store does not answer.
    """
    first: dict[str, int] = {}
    ready: list[Ready] = []
    for position, item in enumerate(items):
        if not isinstance(item, Reusable):
            ready.append(item)
            continue
        given = sorted(item.given)
        done: Ready = await _done(item, context)
        if isinstance(done, Draft):
            # As text, because options cannot be keys.
            link = (done.domain.host, done.code, canonical(done.target))
            options, password = done.options, done.options.password
            wants = repr((link, options, password, given))
            earlier = first.setdefault(wants, position)
            done = done if earlier == position else Same(earlier)
        ready.append(done)
    return ready


async def _done(item: Reusable, context: LinkContext) -> Draft | Refusal | Done:
    try:
        draft = drafted(item.creation, context=context)
        found = await reusable(item.creation, given=item.given, context=context)
    except BackendUnavailable:
        raise
    except DomainError as error:
        return Refusal.of(error)
    return draft if found is None else Done(found.link, is_new=False)
