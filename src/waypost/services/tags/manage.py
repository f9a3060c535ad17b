"""Say something of a tag, rename it, join it with another one, delete it.

What is said changes at once; the links of a tag follow (`services/tags/changing.py`).
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from types import MappingProxyType
from typing import NamedTuple

from waypost.domain.audit.entries import Cause
from waypost.domain.options import folded
from waypost.domain.tags.errors import TagExists, TagNotFound
from waypost.domain.tags.values import Tag, TagDetails, tag_name
from waypost.ports.storage import Transaction
from waypost.services.audit.tags import tag_deleted, tag_renamed, tag_said
from waypost.services.lists.pages import bring_up_to_date
from waypost.services.requests.keeping import AnswerOf, keep_answer
from waypost.services.tags.context import TagContext


@dataclass(frozen=True, slots=True, kw_only=True)
class TagEdit:
    """A change of a tag; what is not named stays unchanged."""

    name: str | None = None
    """The new name. None: it stays."""
    details: Mapping[str, str | None] = field(
        default_factory=lambda: MappingProxyType({})
    )
    """`color` and `description`, those that change."""
    is_merge: bool = False
    """Whether it joins the tag that has the new name already."""


async def read_tag(name: str, *, context: TagContext) -> Tag:
    """Return the tag called *name*.

    Raises:
        TagNotFound: There is none.
        BackendUnavailable: The store does not answer.
    """
    await bring_up_to_date(context.lists)
    tag = await context.tags.one(_key(name))
    if tag is None:
        raise TagNotFound
    return tag


class SaidTag(NamedTuple):
    """A tag of which something was said."""

    tag: Tag
    is_new: bool
    """Whether nothing was said of it before."""


async def say(
    name: str,
    said: Mapping[str, str | None],
    *,
    by: Cause,
    context: TagContext,
    answer_of: AnswerOf[SaidTag] = None,
) -> SaidTag:
    """Say of the tag *name* what is *said*, and nothing else.

    *answer_of* returns the answer that is kept with it.

    Raises:
        ValueError: *name* cannot be a tag.
        IdempotencyInProgress: The same request was carried out before.
        BackendUnavailable: The store does not answer.
    """
    key, now = folded(tag_name(name)), context.clock.now()
    await bring_up_to_date(context.lists)
    async with context.storage.transaction() as transaction:
        await transaction.tags.hold()
        tag = await transaction.tags.one(key)
        old = tag.details if tag else None
        new = TagDetails(
            name=tag.name if tag else tag_name(name),
            color=said.get("color"),
            description=said.get("description"),
            created_at=old.created_at if old else now,
        )
        await _put(old, new, transaction, by=by, context=context)
        unused = Tag(name=new.name, links=0, clicks=0)
        put = SaidTag(replace(tag or unused, details=new), is_new=old is None)
        await keep_answer(
            answer_of, put, answers=transaction.answers, clock=context.clock
        )
    return put


async def edit_tag(name: str, edit: TagEdit, *, by: Cause, context: TagContext) -> Tag:
    """Change the tag *name*, and return it. Its links follow: its numbers are old.

    Raises:
        ValueError: The new name cannot be a tag.
        TagNotFound: There is no tag of this name.
        TagExists: Another one has the new name, and they are not to be joined.
        BackendUnavailable: The store does not answer.
    """
    await bring_up_to_date(context.lists)
    async with context.storage.transaction() as transaction:
        await transaction.tags.hold()
        tag = await transaction.tags.one(_key(name))
        if tag is None:
            raise TagNotFound
        new_name = tag.name if edit.name is None else tag_name(edit.name)
        new = tag.details
        if new_name != tag.name:
            new = await _renamed(
                tag, new_name, edit, transaction, by=by, context=context
            )
        elif edit.details:
            new = _said(tag, edit, context)
            await _put(tag.details, new, transaction, by=by, context=context)
    return replace(tag, name=new.name if new else tag.name, details=new)


async def _renamed(  # noqa: PLR0913  # one step of `edit_tag`
    tag: Tag,
    new_name: str,
    edit: TagEdit,
    transaction: Transaction,
    *,
    by: Cause,
    context: TagContext,
) -> TagDetails:
    """Store what is said of the tag under *new_name*, and return it."""
    tags, now = transaction.tags, context.clock.now()
    is_other = folded(new_name) != tag.key
    there = await tags.one(folded(new_name)) if is_other else None
    if there is not None and not edit.is_merge:
        raise TagExists(
            f"There is a tag {there.name!r} already: join it by merge=true, or choose "
            "another name."
        )
    new = _said(tag if there is None else there, edit, context)
    if there is None:
        new = replace(new, name=new_name)
    await tags.remove(tag.key)
    await tags.put(new)
    await tags.begin(tag.key, new.name)
    entry = tag_renamed(tag, new, is_joined=there is not None, by=by, now=now)
    await transaction.audit.add([entry])
    return new


async def delete_tag(name: str, *, by: Cause, context: TagContext) -> None:
    """Delete the tag *name*: links lose it, and keep all else.

    Raises:
        TagNotFound: There is no tag of this name.
        BackendUnavailable: The store does not answer.
    """
    await bring_up_to_date(context.lists)
    now = context.clock.now()
    async with context.storage.transaction() as transaction:
        await transaction.tags.hold()
        tag = await transaction.tags.one(_key(name))
        if tag is None:
            raise TagNotFound
        await transaction.tags.remove(tag.key)
        await transaction.tags.begin(tag.key, None)
        await transaction.audit.add([tag_deleted(tag, by=by, now=now)])


def _said(tag: Tag, edit: TagEdit, context: TagContext) -> TagDetails:
    details = tag.details or TagDetails(name=tag.name, created_at=context.clock.now())
    return replace(
        details,
        color=edit.details.get("color", details.color),
        description=edit.details.get("description", details.description),
    )


async def _put(
    old: TagDetails | None,
    new: TagDetails,
    transaction: Transaction,
    *,
    by: Cause,
    context: TagContext,
) -> None:
    if new == old:
        return
    await transaction.tags.put(new)
    entry = tag_said(old, new, by=by, now=context.clock.now())
    await transaction.audit.add([entry])


def _key(name: str) -> str:
    """Return what a tag called *name* is found by.

    Raises:
        TagNotFound: No tag can be called so.
    """
    try:
        return folded(tag_name(name))
    except ValueError:
        raise TagNotFound from None
