"""What the audit trail holds of changes of links.

An entry has only what differs, by the names of the HTTP API, so that its `before` is
the change that undoes it.
"""

from collections.abc import Mapping, Sequence
from typing import Final

import msgspec

from waypost.domain.access.key_ids import make_key_ids
from waypost.domain.audit.entries import (
    CHANGED,
    Action,
    AuditEntry,
    Cause,
    Resource,
    entry_id,
)
from waypost.domain.audit.link_made import LinkMade, written_at
from waypost.domain.links import Link
from waypost.domain.options import NO_OPTIONS, OPTION_NAMES, LinkOptions

LINK: Final = "link"
"""The type of these resources."""
_SECRET: Final = "password"  # noqa: S105  # part of a name


def link_created(link: Link, *, by: Cause, new_id: str | None = None) -> AuditEntry:
    """Return the entry of a new *link*: its code, its target, and what is set on it.

    Its id is *new_id*, or one that is made now.
    """
    values: dict[str, object] = {"code": link.shown_code, "url": link.target}
    if link.external_id is not None:
        values["external_id"] = link.external_id
    if link.options is not NO_OPTIONS:
        values |= _differences(NO_OPTIONS, link.options)[1]
    new_id = new_id or entry_id(link.updated_at)
    return _entry(Action.LINK_CREATED, link, new_id, values=({}, values), by=by)


def links_created(
    links: Sequence[Link], *, by: Cause
) -> Sequence[AuditEntry | LinkMade]:
    """Return the entries of new *links*, which *by* has made at one moment."""
    ids = make_key_ids(links[0].updated_at, len(links)) if links else ()
    return [
        LinkMade(new_id, link, by)
        if _is_plain(link)
        else link_created(link, by=by, new_id=new_id)
        for new_id, link in zip(ids, links, strict=True)
    ]


def _is_plain(link: Link) -> bool:
    return link.options is NO_OPTIONS and link.external_id is None


def link_changed(old: Link, new: Link, *, by: Cause) -> AuditEntry:
    """Return the entry of a change of *old*, or of its deletion or restoring."""
    before, after = _differences(old.options, new.options)
    if old.target != new.target:
        before["url"], after["url"] = old.target, new.target
    if old.external_id != new.external_id:
        before["external_id"], after["external_id"] = old.external_id, new.external_id
    if old.shown_code != new.shown_code:
        before["code"], after["code"] = old.shown_code, new.shown_code
    new_id = entry_id(new.updated_at)
    return _entry(_action(old, new), new, new_id, values=(before, after), by=by)


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
    new_id: str,
    *,
    values: tuple[Mapping[str, object], Mapping[str, object]],
    by: Cause,
) -> AuditEntry:
    return AuditEntry(
        id=new_id,
        at=written_at(link.updated_at),
        actor=by.actor,
        action=action,
        resource=Resource(LINK, str(link.id), link.name),
        version=link.version,
        before=values[0],
        after=values[1],
        request_id=by.request_id,
    )


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
