"""Keys as rows."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Final, TypeAlias

import msgspec
from sqlalchemy import (
    ColumnElement,
    Connection,
    RowMapping,
    Select,
    and_,
    insert,
    not_,
    or_,
    select,
    update,
)

from waypost.adapters.sql.dialect import Locks, lock
from waypost.adapters.sql.tables import api_keys
from waypost.domain.access.keys import Actor, ApiKey, KeyState
from waypost.domain.access.scopes import KeyScope
from waypost.ports.access.keys import KeyFilter

_Values: TypeAlias = dict[str, str | int | datetime | None]
_SCOPES: Final = {scope.value: scope for scope in KeyScope}
_OWN: Final = "own/"
"""Stands before the scopes of a key that sees only its own links: a release that does
not know such keys takes them for scopes of a later one, and permits nothing."""
_ALL: Final = [0]
"""One number for all keys: changes of them are few."""
_decode_actor = msgspec.json.Decoder(tuple[str, str | None, str | None]).decode


def hold(connection: Connection) -> None:
    """Keep other transactions from changing keys before this one ends."""
    lock(connection, Locks.KEYS, _ALL)


def key_with_hash(connection: Connection, secret_hash: str) -> ApiKey | None:
    """Return the key whose text, or the text before, has this hash; or None."""
    has_it = or_(
        api_keys.c.secret_hash == secret_hash, api_keys.c.previous_hash == secret_hash
    )
    return _one(connection, select(api_keys).where(has_it))


def key_with_id(connection: Connection, key_id: str) -> ApiKey | None:
    """Return the key with exactly this id, or None."""
    return _one(connection, select(api_keys).where(api_keys.c.id == key_id))


def newest_keys(
    connection: Connection, wanted: KeyFilter, limit: int, before_id: str | None
) -> Sequence[ApiKey]:
    """Return up to *limit* keys by descending id, those below *before_id*."""
    states = [_is(state, wanted.now) for state in KeyState if state in wanted.states]
    query = select(api_keys).where(or_(*states)).order_by(api_keys.c.id.desc())
    if before_id is not None:
        query = query.where(api_keys.c.id < before_id)
    rows = connection.execute(query.limit(limit)).mappings()
    return [_key_of(row) for row in rows]


def are_there_any(connection: Connection) -> bool:
    """Return whether there is a key, active or not."""
    return connection.execute(select(api_keys.c.id).limit(1)).first() is not None


def is_another_admin(connection: Connection, key_id: str, *, now: datetime) -> bool:
    """Return whether a key but *key_id* permits everything at the moment *now*."""
    others = select(api_keys.c.scopes).where(
        api_keys.c.id != key_id,
        api_keys.c.domains == "",
        _is(KeyState.ACTIVE, now),
    )
    scopes = connection.execute(others).scalars()
    return any(KeyScope.ADMIN in one.split() for one in scopes)


def keys_bound_to(
    connection: Connection, host: str, *, now: datetime
) -> Sequence[ApiKey]:
    """Return the keys, active at the moment *now*, that are bound to a domain."""
    bound = select(api_keys).where(
        api_keys.c.domains.contains(host, autoescape=True), _is(KeyState.ACTIVE, now)
    )
    rows = connection.execute(bound.order_by(api_keys.c.id)).mappings()
    # What holds the host may be a longer one that ends in it.
    return [key for key in map(_key_of, rows) if host in key.domains]


def add_key(connection: Connection, key: ApiKey) -> None:
    """Store a new key."""
    values = _values(key) | {"id": key.id, "last_used_at": key.last_used_at}
    connection.execute(insert(api_keys), values)


def change_key(connection: Connection, key: ApiKey) -> None:
    """Replace what is stored of *key*, but not when it was used last."""
    changing = update(api_keys).where(api_keys.c.id == key.id)
    connection.execute(changing.values(_values(key)))


def note_uses(connection: Connection, used_at: Mapping[str, datetime]) -> None:
    """Raise when keys were used last."""
    last = api_keys.c.last_used_at
    for key_id, moment in sorted(used_at.items()):
        connection.execute(
            update(api_keys)
            .where(api_keys.c.id == key_id, or_(last.is_(None), last < moment))
            .values(last_used_at=moment)
        )


def _is(state: KeyState, now: datetime) -> ColumnElement[bool]:
    is_revoked = api_keys.c.revoked_at.is_not(None)
    expires_at = api_keys.c.expires_at
    is_over = and_(expires_at.is_not(None), expires_at <= now)
    match state:
        case KeyState.REVOKED:
            return is_revoked
        case KeyState.EXPIRED:
            return and_(not_(is_revoked), is_over)
        case KeyState.ACTIVE:
            return and_(not_(is_revoked), not_(is_over))


def _one(connection: Connection, query: Select[tuple[object, ...]]) -> ApiKey | None:
    row = connection.execute(query).mappings().first()
    return None if row is None else _key_of(row)


def _values(key: ApiKey) -> _Values:
    """Return the columns that change with the key itself."""
    return {
        "name": key.name,
        "prefix": key.prefix,
        "secret_hash": key.secret_hash,
        "previous_hash": key.previous_hash,
        "previous_until": key.previous_until,
        "scopes": " ".join(_OWN * key.own_links + scope for scope in key.scopes),
        "domains": " ".join(key.domains),
        "created_at": key.created_at,
        "created_by": msgspec.json.encode(tuple(key.created_by)).decode(),
        "expires_at": key.expires_at,
        "revoked_at": key.revoked_at,
        "rate_limit": key.rate_limit,
    }


def _key_of(row: RowMapping) -> ApiKey:
    # A later release may know other scopes: what they permit, this one does not do.
    stored = row["scopes"].split()
    scopes = (_SCOPES.get(each.removeprefix(_OWN)) for each in stored)
    return ApiKey(
        id=row["id"],
        name=row["name"],
        prefix=row["prefix"],
        secret_hash=row["secret_hash"],
        previous_hash=row["previous_hash"],
        previous_until=row["previous_until"],
        scopes=tuple(scope for scope in scopes if scope),
        domains=tuple(row["domains"].split()),
        created_at=row["created_at"],
        created_by=Actor(*_decode_actor(row["created_by"])),
        expires_at=row["expires_at"],
        last_used_at=row["last_used_at"],
        revoked_at=row["revoked_at"],
        rate_limit=row["rate_limit"],
        own_links=any(each.startswith(_OWN) for each in stored),
    )
