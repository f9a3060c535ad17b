"""What the audit trail holds of changes of domains."""

from collections.abc import Mapping
from datetime import datetime
from typing import Final

import msgspec

from waypost.domain.audit.entries import (
    Action,
    AuditEntry,
    Cause,
    Resource,
    entry_id,
    moment_of,
)
from waypost.domain.domains.domains import DEFAULT_NAMES, URL_NAMES, LinkDomain

DOMAIN: Final = "domain"
"""The type of these resources."""
_SHOWN: Final = ("state", *URL_NAMES, "case_sensitive")


def domain_added(
    domain: LinkDomain, *, name: str, by: Cause, now: datetime
) -> AuditEntry:
    """Return the entry of a new *domain*, which people call *name*."""
    after = {key: value for key, value in _values(domain).items() if value is not None}
    entry = _Words(Action.DOMAIN_CREATED, name, by, now)
    return entry.of(domain, before={}, after=after)


def domain_changed(
    old: LinkDomain, new: LinkDomain, *, name: str, by: Cause, now: datetime
) -> AuditEntry:
    """Return the entry of a change of *old*."""
    was, is_now = _values(old), _values(new)
    names = [key for key in was if was[key] != is_now[key]]
    return _Words(Action.DOMAIN_UPDATED, name, by, now).of(
        new,
        before={key: was[key] for key in names},
        after={key: is_now[key] for key in names},
    )


def domain_removed(
    domain: LinkDomain, *, name: str, by: Cause, now: datetime
) -> AuditEntry:
    """Return the entry of the removal of *domain*."""
    before = {key: value for key, value in _values(domain).items() if value is not None}
    entry = _Words(Action.DOMAIN_DELETED, name, by, now)
    return entry.of(domain, before=before, after={})


class _Words:
    """What an entry says besides the difference."""

    def __init__(self, action: Action, name: str, by: Cause, now: datetime) -> None:
        self._action = action
        self._name = name
        self._by = by
        self._now = now

    def of(
        self,
        domain: LinkDomain,
        *,
        before: Mapping[str, object],
        after: Mapping[str, object],
    ) -> AuditEntry:
        """Return the entry of a change of *domain*."""
        new_id = entry_id(self._now)
        return AuditEntry(
            id=new_id,
            at=moment_of(new_id),
            actor=self._by.actor,
            action=self._action,
            resource=Resource(DOMAIN, self._name, self._name),
            version=domain.version,
            before=before,
            after=after,
            request_id=self._by.request_id,
        )


def _values(domain: LinkDomain) -> dict[str, object]:
    values: dict[str, object] = {name: getattr(domain, name) for name in _SHOWN}
    values["defaults"] = {
        name: getattr(domain.defaults, name) for name in DEFAULT_NAMES
    }
    values["well_known"] = dict(domain.well_known) or None
    values["qr"] = domain.qr
    plain: dict[str, object] = msgspec.json.decode(msgspec.json.encode(values))
    return plain
