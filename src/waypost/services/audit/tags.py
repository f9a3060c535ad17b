"""What the audit trail holds of changes of tags: one entry, not one for each link."""

from collections.abc import Mapping
from datetime import datetime
from typing import Final

from waypost.domain.audit.entries import (
    Action,
    AuditEntry,
    Cause,
    Resource,
    entry_id,
    moment_of,
)
from waypost.domain.tags.values import Tag, TagDetails

TAG: Final = "tag"
"""The type of these resources, whose ids are their names without regard to case."""


def tag_said(
    old: TagDetails | None, new: TagDetails, *, by: Cause, now: datetime
) -> AuditEntry:
    """Return the entry of what is said of a tag: anew, or in place of *old*."""
    was, is_now = _values(old), _values(new)
    names = [name for name in is_now if was.get(name) != is_now[name]]
    return _entry(
        Action.TAG_CREATED if old is None else Action.TAG_UPDATED,
        new.key,
        new.name,
        {name: was[name] for name in names if name in was},
        {name: is_now[name] for name in names},
        by=by,
        now=now,
    )


def tag_renamed(
    old: Tag, new: TagDetails, *, is_joined: bool, by: Cause, now: datetime
) -> AuditEntry:
    """Return the entry of a tag that is called as *new*, or joins it."""
    before: dict[str, object] = {"name": old.name}
    after: dict[str, object] = {"name": new.name}
    if is_joined:
        before |= _values(old.details)
        after["merge"] = True
    action, key = Action.TAG_RENAMED, old.key
    return _entry(action, key, old.name, before, after, by=by, now=now)


def tag_deleted(old: Tag, *, by: Cause, now: datetime) -> AuditEntry:
    """Return the entry of a tag that links lose."""
    before = {"name": old.name} | _values(old.details)
    return _entry(Action.TAG_DELETED, old.key, old.name, before, {}, by=by, now=now)


def _entry(  # noqa: PLR0913  # the parts of an entry
    action: Action,
    key: str,
    name: str,
    before: Mapping[str, object],
    after: Mapping[str, object],
    *,
    by: Cause,
    now: datetime,
) -> AuditEntry:
    new_id = entry_id(now)
    return AuditEntry(
        id=new_id,
        at=moment_of(new_id),
        actor=by.actor,
        action=action,
        resource=Resource(TAG, key, name),
        before=before,
        after=after,
        request_id=by.request_id,
    )


def _values(details: TagDetails | None) -> dict[str, object]:
    if details is None:
        return {}
    return {"color": details.color, "description": details.description}
