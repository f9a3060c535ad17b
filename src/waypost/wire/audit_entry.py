"""An entry of the audit trail as a JSON object: in the database, in files, in answers.

{"id": "0195f2a5-…", "at": "2026-03-02T11:00:00.314Z", "actor": {"type": "key", …},
"action": "link.updated", "resource": {"type": "link", "id": "1001", …},
"version": 3, "before": {…}, "after": {…}, "request_id": "6f1d2c9b0e8a4d57"}
"""

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from functools import lru_cache
from itertools import groupby

import msgspec

from waypost.domain.access.keys import Actor
from waypost.domain.audit.entries import AuditEntry, Cause, Resource
from waypost.domain.audit.link_made import LinkMade, written_at


class _Actor(msgspec.Struct, frozen=True):
    type: str
    id: str | None = None
    name: str | None = None


class _Entry(msgspec.Struct, frozen=True, kw_only=True):
    """Fields are only ever added."""

    id: str
    at: str
    actor: _Actor
    action: str
    resource: _Actor
    version: int | None = None
    before: dict[str, object] | None = None
    after: dict[str, object] | None = None
    request_id: str | None = None


_encode = msgspec.json.Encoder().encode
_decode = msgspec.json.Decoder(_Entry).decode


def encode_entry(entry: AuditEntry) -> bytes:
    """Return the object of *entry*."""
    return _encode(
        _Entry(
            id=entry.id,
            at=shown_moment(entry.at),
            actor=_Actor(*entry.actor),
            action=entry.action,
            resource=_Actor(*entry.resource),
            version=entry.version,
            before=dict(entry.before) or None,
            after=dict(entry.after) or None,
            request_id=entry.request_id,
        )
    )


def encode_made(entries: Sequence[LinkMade]) -> Iterator[str]:
    """Yield the objects of *entries*, as `encode_entry` would write them."""
    for (by, moment), run in groupby(entries, key=_by_and_moment):
        before, after = _around(by, moment)
        for entry_id, link, _ in run:
            name = _encode(link.name).decode()
            shown, target = link.shown_code, _encode(link.target).decode()
            code = name if shown == link.name else _encode(shown).decode()
            yield (
                f'{{"id":"{entry_id}",{before}"{link.id}","name":{name}}},"version":'
                f'{link.version},"before":null,"after":{{"code":{code},"url":{target}}}'
                f"{after}"
            )


def _by_and_moment(entry: LinkMade) -> tuple[Cause, datetime]:
    return entry.by, entry.link.updated_at


def _around(by: Cause, moment: datetime) -> tuple[str, str]:
    """Return what is before and behind of that in which entries differ."""
    actor = _encode(_Actor(*by.actor)).decode()
    request_id = _encode(by.request_id).decode()
    at = shown_moment(written_at(moment))
    before = f'"at":"{at}","actor":{actor},"action":"link.created"'
    behind = f',"request_id":{request_id}}}'
    return f'{before},"resource":{{"type":"link","id":', behind


def decode_entry(text: bytes | str) -> AuditEntry:
    """Return the entry in *text*.

    Raises:
        ValueError: It is none.
    """
    stored = _decode(text)
    actor, resource = stored.actor, stored.resource
    return AuditEntry(
        id=stored.id,
        at=datetime.fromisoformat(stored.at),
        actor=Actor(actor.type, actor.id, actor.name),
        action=stored.action,
        resource=Resource(resource.type, resource.id, resource.name),
        version=stored.version,
        before=stored.before or {},
        after=stored.after or {},
        request_id=stored.request_id,
    )


@lru_cache(maxsize=64)
def shown_moment(moment: datetime) -> str:
    """Return *moment* in UTC with milliseconds, as `2026-03-02T11:00:00.314Z`."""
    utc = moment.astimezone(UTC).replace(tzinfo=None)
    return f"{utc.isoformat(timespec='milliseconds')}Z"
