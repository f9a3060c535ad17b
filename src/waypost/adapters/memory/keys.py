"""Keys in this process's memory."""

from collections import ChainMap
from collections.abc import Awaitable, Callable, Mapping, MutableMapping, Sequence
from dataclasses import replace
from datetime import datetime

from waypost.domain.access.keys import ApiKey, KeyState
from waypost.domain.access.scopes import KeyScope
from waypost.ports.access.keys import KeyFilter


class MemoryKeys:
    """Look-ups in what is stored."""

    def __init__(self, keys: Mapping[str, ApiKey]) -> None:
        self._keys = keys

    async def by_hash(self, secret_hash: str) -> ApiKey | None:
        """Return the key whose text, or the text before, has this hash; or None."""
        for key in self._keys.values():
            if secret_hash in {key.secret_hash, key.previous_hash}:
                return key
        return None

    async def by_id(self, key_id: str) -> ApiKey | None:
        """Return the key with exactly this id, or None."""
        return self._keys.get(key_id)

    async def newest(
        self, wanted: KeyFilter, *, limit: int, before_id: str | None = None
    ) -> Sequence[ApiKey]:
        """Return up to *limit* keys by descending id, those below *before_id*."""
        ids = sorted(
            (
                key.id
                for key in self._keys.values()
                if key.state(wanted.now) in wanted.states
                if before_id is None or key.id < before_id
            ),
            reverse=True,
        )
        return [self._keys[key_id] for key_id in ids[:limit]]


class MemoryKeyWriter:
    """Changes, in a mapping of their own until they are committed."""

    def __init__(
        self,
        stored: MutableMapping[str, ApiKey],
        changes: MutableMapping[str, ApiKey],
        *,
        begin: Callable[[], Awaitable[None]],
    ) -> None:
        self._keys = ChainMap(changes, stored)
        self._begin = begin

    async def hold(self) -> None:
        """Keep other transactions from changing keys before this one ends."""
        await self._begin()

    async def get(self, key_id: str) -> ApiKey | None:
        """Return the key with exactly this id, or None."""
        await self._begin()
        return self._keys.get(key_id)

    async def are_there_any(self) -> bool:
        """Return whether there is a key, active or not."""
        await self._begin()
        return bool(self._keys)

    async def is_another_admin(self, key_id: str, *, now: datetime) -> bool:
        """Return whether a key but this one permits everything at the moment *now*."""
        await self._begin()
        return any(
            key.state(now) is KeyState.ACTIVE
            and KeyScope.ADMIN in key.scopes
            and not key.domains
            for key in self._keys.values()
            if key.id != key_id
        )

    async def bound_to(self, host: str, *, now: datetime) -> Sequence[ApiKey]:
        """Return the keys, active at the moment *now*, bound to this domain."""
        await self._begin()
        return [
            key
            for _, key in sorted(self._keys.items())
            if host in key.domains and key.state(now) is KeyState.ACTIVE
        ]

    async def add(self, key: ApiKey) -> None:
        """Store a new key."""
        await self._begin()
        self._keys[key.id] = key

    async def change(self, key: ApiKey) -> None:
        """Replace the stored key of this id with *key*, but not `last_used_at`."""
        await self._begin()
        used_at = self._keys[key.id].last_used_at
        self._keys[key.id] = replace(key, last_used_at=used_at)

    async def use(self, used_at: Mapping[str, datetime]) -> None:
        """Raise `last_used_at` of keys, by their ids; it never falls."""
        await self._begin()
        for key_id, moment in used_at.items():
            key = self._keys.get(key_id)
            if key and (key.last_used_at is None or key.last_used_at < moment):
                self._keys[key_id] = replace(key, last_used_at=moment)
