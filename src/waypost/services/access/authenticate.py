"""Find out who asks, from the key that a request brings."""

import time
from collections.abc import Callable
from hmac import compare_digest

from waypost.domain.access.key_text import hash_of, is_key_text
from waypost.domain.access.keys import ADMIN_BY_TOKEN, ApiKey, KeyState, Principal
from waypost.domain.errors import KeyInactive, NotAuthenticated
from waypost.ports.access.keys import KeyReader
from waypost.ports.runtime import Clock
from waypost.services.access.known_keys import KnownKeys
from waypost.services.access.uses import KeyUses


class Authenticator:
    """Recognises keys; belongs to one event loop."""

    def __init__(
        self,
        *,
        keys: KeyReader,
        uses: KeyUses,
        clock: Clock,
        admin_token: str = "",
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        """Look keys up in *keys*; *admin_token*, unless it is empty, is one more."""
        self._keys = keys
        self._uses = uses
        self._clock = clock
        self._admin_hash = hash_of(admin_token) if admin_token else ""
        self._known = KnownKeys(monotonic=monotonic)

    @property
    def has_admin_token(self) -> bool:
        """Whether there is an admin who needs no key."""
        return bool(self._admin_hash)

    async def principal(self, text: str) -> Principal:
        """Return who asks with the key *text*.

        Raises:
            NotAuthenticated: It is no key, or one that is not known.
            KeyInactive: It was revoked, or has expired.
            BackendUnavailable: The store does not answer.
        """
        if not text:
            raise NotAuthenticated
        secret_hash = hash_of(text)
        # Hashes are compared, so that the time shows nothing of the token.
        if self._admin_hash and compare_digest(secret_hash, self._admin_hash):
            return ADMIN_BY_TOKEN
        if not is_key_text(text):
            raise NotAuthenticated("This is not a key: it was mistyped, or cut off.")
        key = await self._key(secret_hash)
        self._uses.note(key.id, self._clock.now())
        return Principal.of(key)

    def forget(self) -> None:
        """Look every key up again from now on."""
        self._known.clear()

    async def _key(self, secret_hash: str) -> ApiKey:
        is_known, key = self._known.get(secret_hash)
        if not is_known:
            begun = self._known.begin()
            key = await self._keys.by_hash(secret_hash)
            self._known.put(secret_hash, key, begun=begun)
        now = self._clock.now()
        if key is None or not key.has_secret(secret_hash, now):
            raise NotAuthenticated("This server does not know this key.")
        match key.state(now):
            case KeyState.ACTIVE:
                return key
            case KeyState.REVOKED:
                what, moment = "was revoked at", key.revoked_at
            case KeyState.EXPIRED:
                what, moment = "has expired at", key.expires_at
        raise KeyInactive(
            f"This key {what} {moment:%Y-%m-%dT%H:%M:%SZ}. An admin makes another one "
            "with `waypost keys create`."
        )
