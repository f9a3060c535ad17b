"""Hashes of passwords by Argon2id (RFC 9106), made in a few threads of their own.

The library leaves the interpreter while it computes, so that the event loop goes on.
"""

import asyncio
import os
import sys
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Final, TypeVar

from waypost.domain.errors import BackendUnavailable
from waypost.domain.passwords.texts import (
    PasswordHash,
    can_be_password,
    password_bytes,
)

Result = TypeVar("Result")

WAITING: Final = 64
"""How many may wait for their turn; they wait for two seconds, about."""
_SALT_BYTES: Final = 16
_HASH_BYTES: Final = 32
_NICENESS: Final = 10
"""Redirects have precedence on a processor that is busy."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Cost:
    """What a guess costs. The default is what OWASP recommends: 40 ms, about."""

    passes: int = 2
    kibibytes: int = 19 * 1024


USUAL_COST: Final = Cost()


class Argon2Hasher:
    """`ports.access.passwords.PasswordHasher`, for one event loop.

    Each of its threads takes the memory of one hash while it works.
    """

    def __init__(
        self, *, threads: int, waiting: int = WAITING, cost: Cost = USUAL_COST
    ) -> None:
        self._threads = threads
        self._most = threads + waiting
        self._cost = cost
        self._pool: ThreadPoolExecutor | None = None
        self._running = 0

    async def hash(self, password: str) -> PasswordHash:
        """Return what is kept of *password*.

        Raises:
            BackendUnavailable: Too many wait already.
        """
        return await self._in_thread(lambda: _hash(password, self._cost))

    async def is_right(self, password: str, hashed: PasswordHash) -> bool:
        """Return whether *hashed* was made of *password*.

        Raises:
            BackendUnavailable: Too many wait already.
        """
        if not can_be_password(password):
            return False
        return await self._in_thread(lambda: _is_right(password, hashed))

    def close(self) -> None:
        """Begin nothing more."""
        if self._pool is not None:
            self._pool.shutdown(wait=False, cancel_futures=True)

    async def _in_thread(self, work: Callable[[], Result]) -> Result:
        if self._running >= self._most:
            raise BackendUnavailable("Too many passwords are compared at the moment.")
        if self._pool is None:
            self._pool = ThreadPoolExecutor(
                self._threads, thread_name_prefix="passwords", initializer=_yield
            )
        running = asyncio.get_running_loop().run_in_executor(self._pool, work)
        self._running += 1
        running.add_done_callback(self._end)
        return await running

    def _end(self, _: "asyncio.Future[Result]") -> None:
        self._running -= 1


def _yield() -> None:
    # Elsewhere niceness is that of processes.
    if sys.platform == "linux":
        os.setpriority(os.PRIO_PROCESS, threading.get_native_id(), _NICENESS)


def _hash(password: str, cost: Cost) -> PasswordHash:
    # A process that meets no password does not load it.
    from argon2.low_level import Type, hash_secret

    hashed = hash_secret(
        password_bytes(password),
        os.urandom(_SALT_BYTES),
        time_cost=cost.passes,
        memory_cost=cost.kibibytes,
        parallelism=1,
        hash_len=_HASH_BYTES,
        type=Type.ID,
    )
    return PasswordHash(hashed.decode("ascii"))


def _is_right(password: str, hashed: PasswordHash) -> bool:
    from argon2.exceptions import VerificationError
    from argon2.low_level import Type, verify_secret

    try:
        return verify_secret(hashed.encode(), password_bytes(password), Type.ID)
    except VerificationError:
        return False  # also of a hash that is none
