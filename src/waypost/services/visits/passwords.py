"""Passwords that visitors present: compared, remembered shortly, and limited.

::

    too many before? ─yes─▶ 429
           │no
    right a moment ago? ─yes─▶ let in
           │no
    count it ─▶ beyond the limit? ─yes─▶ 429
                       │no
                compare in a thread (40 ms) ─▶ right: remember, let in; or wrong
"""

import asyncio
import os
import time
from collections import OrderedDict
from collections.abc import Callable
from hashlib import blake2b
from typing import Final

from waypost.domain.access.limits import Decision, Policy, client_of
from waypost.domain.passwords.errors import TooManyAttempts
from waypost.domain.passwords.texts import PasswordHash, password_bytes
from waypost.ports.access.limits import RateLimiter
from waypost.ports.access.passwords import PasswordHasher
from waypost.telemetry.background import consume_exception
from waypost.telemetry.metrics import Metrics

OF_PASSWORDS: Final = "password"
"""The name of the policy; it is published."""
REMEMBERED_SECONDS: Final = 60.0
"""For how long a right password is recognised without a hash."""
REMEMBERED: Final = 1_000
"""How many are."""
_KEY_BYTES: Final = 32


class PasswordChecks:
    """Says whether passwords are right. For one event loop."""

    def __init__(
        self,
        hasher: PasswordHasher,
        *,
        limiter: RateLimiter,
        policy: Policy | None,
        metrics: Metrics,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        """Limit the attempts of a client at a link by *policy*; None: by nothing."""
        self._hasher = hasher
        self._limiter = limiter
        self._policy = policy
        self._metrics = metrics
        self._monotonic = monotonic
        # Of no use to who reads this memory later, and to no other process.
        self._key = os.urandom(_KEY_BYTES)
        self._right: OrderedDict[bytes, float] = OrderedDict()
        self._running: dict[bytes, asyncio.Task[bool]] = {}

    async def is_right(
        self, password: str, hashed: PasswordHash, *, link_id: int, address: str
    ) -> bool:
        """Return whether *hashed*, of a link, was made of *password*.

        A right password that is remembered is no attempt.

        Raises:
            TooManyAttempts: The client at *address* has tried too often.
            BackendUnavailable: Too many passwords are compared at the moment.
        """
        client = f"{link_id}/{client_of(address)}"
        # First, so that what is remembered helps no one who guesses.
        if self._policy is not None:
            self._heed(self._limiter.refusal(self._policy, client))
        one = self._keyed(password, hashed)
        if self._is_remembered(one):
            return True
        running = self._running.get(one)
        if running is not None and await asyncio.shield(running):
            return True
        if self._policy is not None:
            self._heed(await self._limiter.hit(self._policy, client))
        if running is not None:
            return False
        return await asyncio.shield(self._start(one, password, hashed))

    def _start(
        self, one: bytes, password: str, hashed: PasswordHash
    ) -> "asyncio.Task[bool]":
        """Compare for everyone who presents the same meanwhile."""
        running = self._running.get(one)
        if running is None:
            running = asyncio.create_task(self._compare(one, password, hashed))
            running.add_done_callback(consume_exception)
            self._running[one] = running
        return running

    async def _compare(self, one: bytes, password: str, hashed: PasswordHash) -> bool:
        try:
            is_right = await self._hasher.is_right(password, hashed)
        finally:
            del self._running[one]
        if is_right:
            self._remember(one)
        return is_right

    def _heed(self, decision: Decision | None) -> None:
        if decision is not None and not decision.is_allowed:
            self._metrics.rate_limited.labels(decision.policy.name).inc()
            raise TooManyAttempts(decision)

    def _keyed(self, password: str, hashed: PasswordHash) -> bytes:
        text = hashed.encode() + b"\0" + password_bytes(password)
        return blake2b(text, key=self._key, digest_size=_KEY_BYTES).digest()

    def _is_remembered(self, one: bytes) -> bool:
        return self._right.get(one, 0.0) > self._monotonic()

    def _remember(self, one: bytes) -> None:
        self._right[one] = self._monotonic() + REMEMBERED_SECONDS
        self._right.move_to_end(one)
        if len(self._right) > REMEMBERED:
            self._right.popitem(last=False)
