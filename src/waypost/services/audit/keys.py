"""What the audit trail holds of changes of keys: never their secrets."""

from collections.abc import Mapping
from datetime import datetime
from typing import Final

import msgspec

from waypost.domain.access.keys import ApiKey
from waypost.domain.audit.entries import (
    CHANGED,
    Action,
    AuditEntry,
    Cause,
    Resource,
    entry_id,
    moment_of,
)

KEY: Final = "key"
"""The type of these resources."""
_SHOWN: Final = (
    "name",
    "scopes",
    "domains",
    "own_links",
    "rate_limit",
    "expires_at",
    "previous_until",
    "revoked_at",
)


def key_created(key: ApiKey, *, by: Cause) -> AuditEntry:
    """Return the entry of a new *key*."""
    after = {name: value for name, value in _values(key).items() if value}
    return _entry(Action.KEY_CREATED, key, {}, after, by=by, now=key.created_at)


def key_changed(
    old: ApiKey, new: ApiKey, *, action: Action, by: Cause, now: datetime
) -> AuditEntry:
    """Return the entry of a change of *old*, called *action*."""
    was, is_now = _values(old), _values(new)
    names = [name for name in _SHOWN if was[name] != is_now[name]]
    before = {name: was[name] for name in names}
    after = {name: is_now[name] for name in names}
    if old.secret_hash != new.secret_hash:
        after["key"] = CHANGED
    return _entry(action, new, before, after, by=by, now=now)


def _entry(  # noqa: PLR0913  # the parts of an entry
    action: Action,
    key: ApiKey,
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
        resource=Resource(KEY, key.id, key.name),
        before=before,
        after=after,
        request_id=by.request_id,
    )


def _values(key: ApiKey) -> dict[str, object]:
    return {
        name: msgspec.json.decode(msgspec.json.encode(getattr(key, name)))
        for name in _SHOWN
    }
