"""Change links, by their keys, without losing another editor's change."""

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from functools import partial
from types import MappingProxyType
from typing import Final

from waypost.domain.audit.entries import Cause
from waypost.domain.errors import (
    BackendUnavailable,
    DomainError,
    LinkChangedMeanwhile,
    LinkDeleted,
    NotRestorable,
)
from waypost.domain.events import LinkEvent, LinkEventKind
from waypost.domain.judging.findings import Findings
from waypost.domain.links import CountedLink, Link
from waypost.domain.naming.errors import ExternalIdTaken
from waypost.domain.options import NO_OPTIONS, changed, with_tags
from waypost.domain.verdict import targets_of
from waypost.ports.storage import Transaction
from waypost.services.audit.links import link_changed
from waypost.services.links.context import LinkContext
from waypost.services.links.options import checked, wrong_options
from waypost.services.links.stats import find
from waypost.services.requests.keeping import AnswerOf, keep_answer

ATTEMPTS: Final = 5
"""How often a change without a version is tried against concurrent ones."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LinkEdit:
    """A change of a link; fields that are not named stay unchanged."""

    url: str | None = None
    """The new target. None: the target stays."""
    options: Mapping[str, object] = field(default_factory=lambda: MappingProxyType({}))
    """The options that change, as `domain.options.changed` takes them."""
    add_tags: Collection[str] = ()
    """Besides the tags that the link has, or gets by `options`."""
    remove_tags: Collection[str] = ()
    utm_template: str | None = None
    """From which template `utm` is filled, after `options`. None: from none."""
    sets_external_id: bool = False
    external_id: str | None = None
    """What it is called from now on, if that is set. None: nothing."""
    fetch_title: bool | None = None
    """Whether the target's title is fetched. None: if the target changes, as the
    server is set."""
    versions: Collection[int] | None = None
    """The versions that the editor would replace. None: any version."""


def _check_is_there(link: Link) -> None:
    if link.deleted_at is not None:
        raise LinkDeleted


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """A change of a link, which is made to the version that is stored."""

    changed: Callable[[Link], Link]
    """Returns the link as it is then. May raise `InvalidTarget` or `OptionConflict`."""
    versions: Collection[int] | None
    check: Callable[[Link], None] = _check_is_there
    """Refuses a link that cannot be changed so."""
    fetch_title: bool | None = False
    """Whether the title of the target is fetched afterwards; as in `LinkEdit`."""

    def next_version(self, link: Link, now: datetime) -> Link:
        """Return *link* as it is after the change; *link* itself: it changes nothing.

        Raises:
            LinkDeleted: It was deleted.
            NotRestorable: It is to be restored, and is not deleted, or too long ago.
            LinkChangedMeanwhile: It has none of `versions`.
            InvalidTarget: A URL is refused; a subclass says why.
            OptionConflict: The options that it would have contradict each other.
        """
        self.check(link)
        if self.versions is not None and link.version not in self.versions:
            raise LinkChangedMeanwhile
        # One step, as no version of a link may be both plain and changed.
        new = self.changed(replace(link, version=link.version + 1, updated_at=now))
        return link if _content(new) == _content(link) else new


def editing(edit: LinkEdit, *, context: LinkContext) -> Change:
    """Return *edit* as a change.

    Raises:
        InvalidTarget: Its URL is refused; a subclass says why.
        UtmTemplateNotFound: There is no such template.
        InvalidValues: More than that is wrong.
    """
    filling = None
    try:
        target = None if edit.url is None else context.new_target(edit.url)
        if edit.utm_template is not None:
            filling = context.templates.filling(edit.utm_template)
    except DomainError as error:
        raise wrong_in_edit(edit, context=context).refusal(error) from None

    def edited(link: Link) -> Link:
        try:
            return changed_link(link)
        except DomainError as error:
            found = wrong_in_edit(edit, link, context=context)
            raise found.refusal(error) from None

    def changed_link(link: Link) -> Link:
        new = target or link.target
        options = changed(link.options, edit.options)
        if edit.add_tags or edit.remove_tags:
            tags = with_tags(options.tags, add=edit.add_tags, remove=edit.remove_tags)
            options = replace(options, tags=tags)
        if filling is not None:
            now = context.clock.now()
            host = context.domains.table.host_of(link.domain)
            own = replace(filling, domain=host)
            options = own.options(options, code=link.shown_code, now=now)
        options = checked(options, target=new, context=context, was=link.options)
        new_id = edit.external_id if edit.sets_external_id else link.external_id
        context.titles.check(new, asked=edit.fetch_title)
        return replace(link, target=new, options=options, external_id=new_id)

    wanted = edit.fetch_title
    if wanted is None and target is None:
        wanted = False
    return Change(changed=edited, versions=edit.versions, fetch_title=wanted)


def wrong_in_edit(
    edit: LinkEdit,
    link: Link | None = None,
    *,
    context: LinkContext,
    are_templates_read: bool = True,
) -> Findings:
    """Return all that is wrong with *edit*, of *link* if that is known."""
    found = Findings()
    target = None if link is None else link.target
    if edit.url is not None:
        target = found.look("url", partial(context.new_target, edit.url))
    was = NO_OPTIONS if link is None else link.options
    options = changed(was, edit.options)
    found.add(wrong_options(options, target=target, context=context, was=was))
    if edit.add_tags:
        new = partial(with_tags, add=edit.add_tags, remove=edit.remove_tags)
        found.look("add_tags", partial(new, options.tags))
    if edit.utm_template is not None and are_templates_read:
        template = partial(context.templates.filling, edit.utm_template)
        found.look("utm_template", template)
    if target is not None:
        title = partial(context.titles.check, target, asked=edit.fetch_title)
        found.look("fetch_title", title)
    return found


def deletion(*, versions: Collection[int] | None, context: LinkContext) -> Change:
    """Return the change that deletes a link."""

    def deleted(link: Link) -> Link:
        return replace(link, deleted_at=context.clock.now())

    return Change(changed=deleted, versions=versions)


def restoration(*, versions: Collection[int] | None, context: LinkContext) -> Change:
    """Return the change that undoes the deletion of a link."""

    def restored(link: Link) -> Link:
        for target in targets_of(link) if link.options.quarantine is None else ():
            context.check_blocked(target)
        return replace(link, deleted_at=None)

    def check(link: Link) -> None:
        until = context.restorable_until(link)
        if until is None:
            raise NotRestorable("This link is not deleted.")
        if context.clock.now() >= until:
            raise NotRestorable(
                f"This link could be restored until {until:%Y-%m-%dT%H:%M:%SZ}. Make "
                "another link with a new code."
            )

    return Change(changed=restored, versions=versions, check=check)


async def edit_link(
    key: str, edit: LinkEdit, *, by: Cause, context: LinkContext
) -> CountedLink:
    """Apply *edit* to the link of *key*; return it as it is then.

    It has a new version if the edit changes anything. Its clicks are the ones counted
    so far.

    Raises:
        InvalidTarget: A URL is refused; a subclass says why.
        OptionConflict: The options that the link would have contradict each other.
        InvalidRules: New rules or variants are wrong.
        LinkNotFound: No link has this code.
        LinkDeleted: It was deleted.
        LinkChangedMeanwhile: Another version is stored than any of `edit.versions`.
        BackendUnavailable: The store does not answer, or so many change this link
            that others were faster again and again.
    """
    return await change_link(
        key, editing(edit, context=context), by=by, context=context
    )


async def delete_link(
    key: str, *, versions: Collection[int] | None, by: Cause, context: LinkContext
) -> CountedLink:
    """Delete the link of *key*, if it has one of *versions*; return what is left.

    Visitors get 410, and its code is not used again. It can be restored for a while.

    Raises:
        As `edit_link`, without the refusals of an edit's values.
    """
    change = deletion(versions=versions, context=context)
    return await change_link(key, change, by=by, context=context)


async def restore_link(
    key: str,
    *,
    versions: Collection[int] | None,
    by: Cause,
    context: LinkContext,
    answer_of: AnswerOf[CountedLink] = None,
) -> CountedLink:
    """Undo the deletion of the link of *key*; return the link as it is then.

    *answer_of* returns the answer that is kept with it.

    Raises:
        NotRestorable: It is not deleted, or was deleted too long ago.
        LinkNotFound: No link has this code.
        LinkChangedMeanwhile: Another version is stored than any of *versions*.
        BackendUnavailable: As `edit_link`.
    """
    change = restoration(versions=versions, context=context)
    return await change_link(key, change, by=by, context=context, answer_of=answer_of)


async def change_link(
    key: str,
    change: Change,
    *,
    by: Cause,
    context: LinkContext,
    answer_of: AnswerOf[CountedLink] = None,
) -> CountedLink:
    """Store the result of *change* for the link of *key*, as its next version.

    *answer_of* returns the answer that is kept with it, or by itself if the link stays
    as it is.

    Raises:
        LinkNotFound: No link has this code.
        IdempotencyInProgress: The same request was carried out before.
        BackendUnavailable: As `edit_link`.
        DomainError: As `Change.next_version`.
    """
    async with context.turns.of(key):
        for _ in range(ATTEMPTS):
            after = await _attempt(
                key, change, by=by, context=context, answer_of=answer_of
            )
            if after is not None:
                return after
    raise BackendUnavailable("Too many change this link. Try again shortly.")


async def _attempt(
    key: str,
    change: Change,
    *,
    by: Cause,
    context: LinkContext,
    answer_of: AnswerOf[CountedLink],
) -> CountedLink | None:
    """As `change_link`; None: another process was faster."""
    counted = await find(key, links=context.storage.links)
    new = change.next_version(counted.link, context.clock.now())
    after = replace(counted, link=new)
    if not await _store(
        counted.link, after, by=by, context=context, answer_of=answer_of
    ):
        return None
    context.want_title(new, asked=change.fetch_title)
    return after


def _content(link: Link) -> tuple[object, ...]:
    """Return what a version of *link* may differ in from the one before."""
    return link.target, link.options, link.deleted_at, link.external_id


async def _store(
    old: Link,
    after: CountedLink,
    *,
    by: Cause,
    context: LinkContext,
    answer_of: AnswerOf[CountedLink],
) -> bool:
    """Return whether the link of *after* is stored: another edit may be faster."""
    if after.link is old and answer_of is None:
        return True
    try:
        return await _stored(old, after, by=by, context=context, answer_of=answer_of)
    except BackendUnavailable as error:
        if not error.is_deadlock:
            raise
        return False


async def _stored(
    old: Link,
    after: CountedLink,
    *,
    by: Cause,
    context: LinkContext,
    answer_of: AnswerOf[CountedLink],
) -> bool:
    """As `_store`, which tries again where others waited for this one, and it for them.

    A transaction of its own: the next look-up would otherwise wait for a connection
    that other waiting requests do not give back.
    """
    new = after.link
    async with context.storage.transaction() as transaction:
        is_stored = new is old or await store_change(
            old, new, transaction, by=by, context=context
        )
        if is_stored:
            await keep_answer(
                answer_of, after, answers=transaction.answers, clock=context.clock
            )
    return is_stored


async def store_change(
    old: Link, new: Link, transaction: Transaction, *, by: Cause, context: LinkContext
) -> bool:
    """Store *new*, the next version of *old*, with its entry and its event.

    Return whether it is stored.

    It is not if another edit was faster.

    Raises:
        ExternalIdTaken: Another link has its external id.
        BackendUnavailable: The store does not answer.
    """
    needs_id = new.external_id is not None and new.deleted_at is None
    had_id = old.external_id == new.external_id and old.deleted_at is None
    if (
        needs_id
        and not had_id
        and await transaction.links.hold_external_ids([new.external_id or ""])
    ):
        raise ExternalIdTaken
    if not await transaction.links.change(new):
        return False
    await transaction.audit.add([link_changed(old, new, by=by)])
    event = LinkEvent(kind=LinkEventKind.CHANGED, link=new, occurred_at=new.updated_at)
    for reader in context.event_readers:
        await transaction.outbox.add([event], reader=reader.name)
    transaction.after_commit(partial(context.nudge, event))
    return True
