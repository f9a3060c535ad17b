"""Change links without losing another editor's change."""

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from functools import partial
from types import MappingProxyType
from typing import Final

from waypost.domain.errors import (
    BackendUnavailable,
    LinkChangedMeanwhile,
    LinkDeleted,
)
from waypost.domain.events import LinkEvent, LinkEventKind
from waypost.domain.links import CountedLink, Link
from waypost.domain.options import LinkOptions, changed
from waypost.services.links.context import LinkContext
from waypost.services.links.create import checked
from waypost.services.links.stats import find

ATTEMPTS: Final = 5
"""How often a change without a version is tried against concurrent ones."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LinkEdit:
    """A change of a link; fields that are not named stay unchanged."""

    url: str | None = None
    """The new target. None: the target stays."""
    options: Mapping[str, object] = field(default_factory=lambda: MappingProxyType({}))
    """The options that change, as `domain.options.changed` takes them."""
    versions: Collection[int] | None = None
    """The versions that the editor would replace. None: any version."""


async def edit_link(code: str, edit: LinkEdit, *, context: LinkContext) -> CountedLink:
    """Apply *edit* to the link of *code*; return it as it is then.

    It has a new version if the edit changes anything. Its clicks are the ones counted
    so far.

    Raises:
        InvalidTarget: A URL is refused; a subclass says why.
        OptionConflict: The options that the link would have contradict each other.
        LinkNotFound: No link has this code.
        LinkDeleted: It was deleted.
        LinkChangedMeanwhile: Another version is stored than any of `edit.versions`.
        BackendUnavailable: The store does not answer, or so many change this link
            that others were faster again and again.
    """
    target = None if edit.url is None else context.target(edit.url)

    def edited(link: Link) -> Link:
        new = target or link.target
        options = changed(link.options, edit.options)
        return replace(
            link, target=new, options=checked(options, target=new, context=context)
        )

    return await _change(code, edited, versions=edit.versions, context=context)


async def delete_link(
    code: str, *, versions: Collection[int] | None, context: LinkContext
) -> CountedLink:
    """Delete the link of *code*, if it has one of *versions*; return what is left.

    Visitors get 410, and its code is not used again.

    Raises:
        As `edit_link`, without the refusals of an edit's values.
    """

    def deleted(link: Link) -> Link:
        return replace(link, deleted_at=context.clock.now())

    return await _change(code, deleted, versions=versions, context=context)


async def _change(
    code: str,
    changed: Callable[[Link], Link],
    *,
    versions: Collection[int] | None,
    context: LinkContext,
) -> CountedLink:
    """Store the result of *changed* for the link of *code*, as its next version."""
    for _ in range(ATTEMPTS):
        counted = await find(code, links=context.storage.links)
        link = counted.link
        if link.deleted_at is not None:
            raise LinkDeleted
        if versions is not None and link.version not in versions:
            raise LinkChangedMeanwhile
        # One step, as no version of a link may be both plain and changed.
        version, now = link.version + 1, context.clock.now()
        new = changed(replace(link, version=version, updated_at=now))
        if _content(new) == _content(link):
            return counted
        if await _store(new, context):
            return replace(counted, link=new)
    raise BackendUnavailable("Too many change this link. Try again shortly.")


def _content(link: Link) -> tuple[str, LinkOptions, datetime | None]:
    """Return what a version of *link* may differ in from the one before."""
    return link.target, link.options, link.deleted_at


async def _store(link: Link, context: LinkContext) -> bool:
    """Store *link* unless another edit was faster; return whether it is stored.

    A transaction of its own: the next look-up would otherwise wait for a connection
    that other waiting requests do not give back.
    """
    event = LinkEvent(
        kind=LinkEventKind.CHANGED, link=link, occurred_at=link.updated_at
    )
    async with context.storage.transaction() as transaction:
        if not await transaction.links.change(link):
            return False
        for reader in context.event_readers:
            await transaction.outbox.add([event], reader=reader.name)
        transaction.after_commit(partial(context.nudge, event))
    return True
