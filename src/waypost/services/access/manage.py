"""Make, list, change, rotate and revoke keys."""

from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from datetime import datetime
from functools import partial
from typing import NamedTuple

import structlog

from waypost.domain.access.key_ids import is_key_id, make_key_id
from waypost.domain.access.key_text import hash_of, make_key_text, shown_prefix
from waypost.domain.access.keys import BY_OPERATOR, ApiKey, KeyState, Principal
from waypost.domain.access.scopes import KeyScope
from waypost.domain.audit.entries import Action, Cause
from waypost.domain.errors import (
    KeyNotFound,
    KeyRevoked,
    LastAdmin,
    OptionConflict,
    ScopeExceedsOwn,
)
from waypost.ports.access.keys import KeyFilter, KeyStorage, KeyTransaction
from waypost.ports.runtime import Clock
from waypost.services.audit.keys import key_changed, key_created
from waypost.services.requests.keeping import AnswerOf, keep_answer

_log = structlog.get_logger()


@dataclass(frozen=True, slots=True, kw_only=True)
class KeyContext:
    """For as long as the process lives."""

    storage: KeyStorage
    clock: Clock
    forget: Callable[[], None]
    """Is called once a key has changed: what is remembered of keys is old."""
    has_admin_token: bool
    """Whether there is an admin who needs no key."""


class KeySpec(NamedTuple):
    """What a new key is to be."""

    name: str
    scopes: tuple[KeyScope, ...]
    domains: tuple[str, ...] = ()
    expires_at: datetime | None = None
    rate_limit: int | None = None
    own_links: bool = False


class MadeKey(NamedTuple):
    """A key with its text, which is shown once and stored nowhere."""

    key: ApiKey
    text: str


async def make_key(
    spec: KeySpec,
    *,
    by: Principal,
    request_id: str | None = None,
    context: KeyContext,
    answer_of: AnswerOf[ApiKey] = None,
) -> MadeKey:
    """Make a key. *answer_of* returns the answer that is kept with it.

    Raises:
        ScopeExceedsOwn: It would permit more than *by* may.
        OptionConflict: It would be an admin of its own links alone.
        IdempotencyInProgress: The same request was carried out before.
        BackendUnavailable: The store does not answer.
    """
    if not by.covers(spec.scopes, spec.domains):
        raise ScopeExceedsOwn
    _check_own(spec.scopes, own_links=spec.own_links)
    made = _new_key(spec, by=by, now=context.clock.now())
    async with context.storage.transaction() as transaction:
        await keep_answer(
            answer_of, made.key, answers=transaction.answers, clock=context.clock
        )
        await transaction.keys.add(made.key)
        cause = Cause(by.actor, request_id)
        await transaction.audit.add([key_created(made.key, by=cause)])
        transaction.after_commit(context.forget)
        _note("key.created", made.key, by, transaction)
    return made


async def make_first_key(*, storage: KeyStorage, clock: Clock) -> MadeKey | None:
    """Make an admin key, if there is no key yet; of several processes, one does.

    Raises:
        BackendUnavailable: The store does not answer.
    """
    spec = KeySpec(name="first admin", scopes=(KeyScope.ADMIN,))
    made = _new_key(spec, by=BY_OPERATOR, now=clock.now())
    async with storage.transaction() as transaction:
        await transaction.keys.hold()
        if await transaction.keys.are_there_any():
            return None
        await transaction.keys.add(made.key)
        cause = Cause(BY_OPERATOR.actor)
        await transaction.audit.add([key_created(made.key, by=cause)])
        _note("key.created", made.key, BY_OPERATOR, transaction)
    return made


async def keys_page(
    states: frozenset[KeyState],
    *,
    limit: int,
    before_id: str | None,
    context: KeyContext,
) -> Sequence[ApiKey]:
    """Return up to *limit* keys in one of *states*, newest first, below *before_id*.

    Raises:
        BackendUnavailable: The store does not answer.
    """
    wanted = KeyFilter(states, context.clock.now())
    return await context.storage.keys.newest(wanted, limit=limit, before_id=before_id)


async def find_key(key_id: str, *, context: KeyContext) -> ApiKey:
    """Return the key of this id.

    Raises:
        KeyNotFound: There is none.
        BackendUnavailable: The store does not answer.
    """
    key = await context.storage.keys.by_id(key_id) if is_key_id(key_id) else None
    if key is None:
        raise KeyNotFound
    return key


async def change_key(  # noqa: PLR0913  # what changes, and who changes it
    key_id: str,
    change: Callable[[ApiKey], ApiKey],
    *,
    by: Principal,
    request_id: str | None = None,
    action: Action = Action.KEY_UPDATED,
    context: KeyContext,
    answer_of: AnswerOf[ApiKey] = None,
) -> ApiKey:
    """Apply *change* to the key of this id, and return it as it is then.

    *action* is what the audit trail calls it; *answer_of* returns the answer that is
    kept with it.

    Raises:
        KeyNotFound: There is none.
        KeyRevoked: It was revoked.
        ScopeExceedsOwn: It permits more than *by* may, or would do so.
        LastAdmin: No key would be left that permits everything.
        OptionConflict: It would be an admin of its own links alone.
        IdempotencyInProgress: The same request was carried out before.
        BackendUnavailable: The store does not answer.
    """
    async with _held(key_id, by=by, context=context) as (transaction, key):
        if key.revoked_at is not None:
            raise KeyRevoked
        changed = change(key)
        if not by.covers(changed.scopes, changed.domains):
            raise ScopeExceedsOwn
        _check_own(changed.scopes, own_links=changed.own_links)
        await _store(changed, before=key, transaction=transaction, context=context)
        entry = key_changed(
            key,
            changed,
            action=action,
            by=Cause(by.actor, request_id),
            now=context.clock.now(),
        )
        await transaction.audit.add([entry])
        await keep_answer(
            answer_of, changed, answers=transaction.answers, clock=context.clock
        )
        _note("key.changed", changed, by, transaction)
    return changed


async def rotate_key(  # noqa: PLR0913  # what changes, and who changes it
    key_id: str,
    *,
    old_until: datetime | None,
    by: Principal,
    request_id: str | None = None,
    context: KeyContext,
    answer_of: AnswerOf[ApiKey] = None,
) -> MadeKey:
    """Give the key of this id another text; the old one is accepted until *old_until*.

    *answer_of* returns the answer that is kept with it, which has no text.

    Raises:
        KeyNotFound: There is none.
        KeyRevoked: It was revoked.
        ScopeExceedsOwn: It permits more than *by* may.
        IdempotencyInProgress: The same request was carried out before.
        BackendUnavailable: The store does not answer.
    """
    text = make_key_text()

    def rotated(key: ApiKey) -> ApiKey:
        return replace(
            key,
            prefix=shown_prefix(text),
            secret_hash=hash_of(text),
            previous_hash=key.secret_hash if old_until else None,
            previous_until=old_until,
        )

    key = await change_key(
        key_id,
        rotated,
        by=by,
        request_id=request_id,
        action=Action.KEY_ROTATED,
        context=context,
        answer_of=answer_of,
    )
    return MadeKey(key, text)


async def revoke_key(
    key_id: str,
    *,
    by: Principal,
    request_id: str | None = None,
    context: KeyContext,
) -> None:
    """Have the key of this id accepted no more; again does nothing.

    Raises:
        KeyNotFound: There is none.
        ScopeExceedsOwn: It permits more than *by* may.
        LastAdmin: No key would be left that permits everything.
        BackendUnavailable: The store does not answer.
    """
    async with _held(key_id, by=by, context=context) as (transaction, key):
        if key.revoked_at is not None:
            return
        now = context.clock.now()
        revoked = replace(
            key,
            revoked_at=now,
            previous_hash=None,
            previous_until=None,
        )
        await _store(revoked, before=key, transaction=transaction, context=context)
        entry = key_changed(
            key,
            revoked,
            action=Action.KEY_REVOKED,
            by=Cause(by.actor, request_id),
            now=now,
        )
        await transaction.audit.add([entry])
        _note("key.revoked", key, by, transaction)


@asynccontextmanager
async def _held(
    key_id: str, *, by: Principal, context: KeyContext
) -> AsyncIterator[tuple[KeyTransaction, ApiKey]]:
    """Yield the key of this id, which no other process changes meanwhile."""
    if not is_key_id(key_id):
        raise KeyNotFound
    async with context.storage.transaction() as transaction:
        await transaction.keys.hold()
        key = await transaction.keys.get(key_id)
        if key is None:
            raise KeyNotFound
        if not by.covers(key.scopes, key.domains):
            raise ScopeExceedsOwn
        transaction.after_commit(context.forget)
        yield transaction, key


async def _store(
    changed: ApiKey,
    *,
    before: ApiKey,
    transaction: KeyTransaction,
    context: KeyContext,
) -> None:
    """Store *changed*, unless no admin would be left.

    Raises:
        LastAdmin: None would be.
    """
    now, keys = context.clock.now(), transaction.keys
    if (
        _is_admin(before, now)
        and not _is_admin(changed, now)
        and not context.has_admin_token
        and not await keys.is_another_admin(before.id, now=now)
    ):
        raise LastAdmin
    await keys.change(changed)


def _check_own(scopes: tuple[KeyScope, ...], *, own_links: bool) -> None:
    if own_links and KeyScope.ADMIN in scopes:
        raise OptionConflict("admin permits everything, so leave out own_links or it.")


def _is_admin(key: ApiKey, now: datetime) -> bool:
    is_active = key.state(now) is KeyState.ACTIVE
    return is_active and KeyScope.ADMIN in key.scopes and not key.domains


def _new_key(spec: KeySpec, *, by: Principal, now: datetime) -> MadeKey:
    text = make_key_text()
    key = ApiKey(
        id=make_key_id(now),
        name=spec.name,
        prefix=shown_prefix(text),
        secret_hash=hash_of(text),
        scopes=spec.scopes,
        domains=spec.domains,
        created_at=now.replace(microsecond=0),
        created_by=by.actor,
        expires_at=spec.expires_at,
        rate_limit=spec.rate_limit,
        own_links=spec.own_links,
    )
    return MadeKey(key, text)


def _note(event: str, key: ApiKey, by: Principal, transaction: KeyTransaction) -> None:
    """Have the log say it, once it is committed."""
    actor = by.actor
    transaction.after_commit(
        partial(_log.info, event, key_id=key.id, actor=actor.type, actor_id=actor.id)
    )
