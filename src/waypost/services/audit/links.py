"""What the audit trail holds of changes of links.

An entry has only what differs, by the names of the HTTP API, so that its `before` is
the change that undoes it.
"""

from collections.abc import Mapping
from datetime import datetime
from functools import lru_cache
from typing import Final

import msgspec

from waypost.domain.audit.entries import (
    CHANGED,
    Action,
    AuditEntry,
    Cause,
    Resource,
    entry_id,
    first_id,
    moment_of,
)
from waypost.domain.links import Link
from waypost.domain.options import NO_OPTIONS, OPTION_NAMES, LinkOptions

LINK: Final = "link"
"""The type of these resources."""
_SECRET: Final = "password"  # noqa: S105  # part of a name


def link_created(link: Link, *, by: Cause) -> AuditEntry:
    """Return the entry of a new *link*: its code, its target, and what is set on it."""
    values: dict[str, object] = {"code": link.shown_code, "url": link.target}
    if link.external_id is not None:
        values["external_id"] = link.external_id
    if link.options is not NO_OPTIONS:
        values |= _differences(NO_OPTIONS, link.options)[1]
    return _entry(Action.LINK_CREATED, link, before={}, after=values, by=by)


def link_changed(old: Link, new: Link, *, by: Cause) -> AuditEntry:
    """Return the entry of a change of *old*, or of its deletion or restoring."""
    before, after = _differences(old.options, new.options)
    if old.target != new.target:
        before["url"], after["url"] = old.target, new.target
    if old.external_id != new.external_id:
        before["external_id"], after["external_id"] = old.external_id, new.external_id
    if old.shown_code != new.shown_code:
        before["code"], after["code"] = old.shown_code, new.shown_code
    return _entry(_action(old, new), new, before=before, after=after, by=by)


def _action(old: Link, new: Link) -> Action:
    if old.deleted_at != new.deleted_at:
        is_deletion = new.deleted_at is not None
        return Action.LINK_DELETED if is_deletion else Action.LINK_RESTORED
    if old.options.quarantine != new.options.quarantine:
        is_over = new.options.quarantine is None
        return Action.LINK_RELEASED if is_over else Action.LINK_QUARANTINED
    return Action.LINK_UPDATED


def resource_of(link_id: int) -> str:
    """Return what the entries of a link are found by."""
    return Resource(LINK, str(link_id)).key


def _entry(
    action: Action,
    link: Link,
    *,
    before: Mapping[str, object],
    after: Mapping[str, object],
    by: Cause,
) -> AuditEntry:
    return AuditEntry(
        id=entry_id(link.updated_at),
        at=_made_at(link.updated_at),
        actor=by.actor,
        action=action,
        resource=Resource(LINK, str(link.id), link.name),
        version=link.version,
        before=before,
        after=after,
        request_id=by.request_id,
    )


@lru_cache(maxsize=64)
def _made_at(moment: datetime) -> datetime:
    """Return the moment that ids of entries made at *moment* say.

    Links that are made together have one.
    """
    return moment_of(first_id(moment))


def _differences(
    old: LinkOptions, new: LinkOptions
) -> tuple[dict[str, object], dict[str, object]]:
    """Return the options that differ, as they were and as they are."""
    before: dict[str, object] = {}
    after: dict[str, object] = {}
    for name in OPTION_NAMES:
        was, now = getattr(old, name), getattr(new, name)
        if was != now:
            before[name], after[name] = _shown(name, was), _shown(name, now)
    return before, after


def _shown(name: str, value: object) -> object:
    """Return *value* as values of JSON; a secret that is set only as such."""
    if _SECRET in name:
        return None if value is None else CHANGED
    shown: object = msgspec.json.decode(msgspec.json.encode(value))
    return shown
