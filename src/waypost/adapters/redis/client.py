"""Connections to a Redis server, and the guard that every call goes through."""

import asyncio
from collections.abc import Awaitable, Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from typing import Final, Self, TypeVar, cast

import structlog
from redis.asyncio import BlockingConnectionPool, Redis
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff
from redis.exceptions import RedisError, ResponseError

from waypost.adapters.redis.breaker import CircuitBreaker
from waypost.domain.errors import BackendUnavailable

Answer = TypeVar("Answer")

_MAX_CONNECTIONS: Final = 32
_FAILURES: Final = 3
_OPEN_SECONDS: Final = 1.0


def open_redis(url: str, *, timeout_seconds: float) -> Redis:
    """Return a client of the server at *url*; it connects when it is first used.

    Connecting, each reading of an answer and waiting for a free connection take
    *timeout_seconds* at most, and nothing is tried twice. Keys and values are bytes.
    Must be closed with `aclose`.
    """
    pool = BlockingConnectionPool.from_url(
        url,
        # The older protocol is what every server and every managed Redis speaks,
        # and it needs fewer round trips to connect.
        protocol=2,
        client_name="waypost",
        max_connections=_MAX_CONNECTIONS,
        timeout=timeout_seconds,
        socket_timeout=timeout_seconds,
        socket_connect_timeout=timeout_seconds,
        socket_keepalive=True,
        retry=Retry(NoBackoff(), 0),
    )
    return Redis.from_pool(pool)


@contextmanager
def heeding_cancellation() -> Iterator[None]:
    """Deliver a cancellation of this task at the end, if a library swallowed it.

    In Python 3.11 `asyncio.wait_for`, by which redis-py sends, swallows one that comes
    at the moment in which it completes. A task that waits for this one to end would
    wait for ever.
    """
    task = asyncio.current_task()
    assert task is not None, "Redis is called by tasks"
    before = task.cancelling()
    try:
        yield
    finally:
        if task.cancelling() > before:
            raise asyncio.CancelledError


Item = TypeVar("Item")


class RedisNode:
    """One Redis server, with a deadline on every call and a circuit breaker.

    While the server is away, calls fail at once; one call a second tests whether it
    is back.
    """

    def __init__(self, client: Redis, *, timeout_seconds: float, name: str) -> None:
        self._client = client
        self._timeout_seconds = timeout_seconds
        self._name = name
        self._breaker = CircuitBreaker(failures=_FAILURES, open_seconds=_OPEN_SECONDS)

    @classmethod
    def open(cls, url: str, *, timeout_seconds: float, name: str = "primary") -> Self:
        """Return the server at *url*, which is called *name* in the log.

        Every call ends after *timeout_seconds*. Must be closed with `aclose`.
        """
        client = open_redis(url, timeout_seconds=timeout_seconds)
        return cls(client, timeout_seconds=timeout_seconds, name=name)

    @property
    def client(self) -> Redis:
        """The client itself, for calls that must bypass `call`."""
        return self._client

    @property
    def timeout_seconds(self) -> float:
        """Deadline of a call."""
        return self._timeout_seconds

    @property
    def is_away(self) -> bool:
        """Whether the last calls failed, so that the next ones fail at once."""
        return self._breaker.is_open

    async def call(self, operation: Callable[[Redis], Awaitable[Answer]]) -> Answer:
        """Return what *operation* returns, which gets the client.

        Raises:
            BackendUnavailable: The server did not answer in time, or refused, or is
                not called because it did not answer a moment ago. The operation may
                have happened all the same.
        """
        with heeding_cancellation():
            return await self._try(operation)

    async def _try(self, operation: Callable[[Redis], Awaitable[Answer]]) -> Answer:
        if not self._breaker.begin():
            raise BackendUnavailable
        try:
            async with asyncio.timeout(self._timeout_seconds):
                answer = await operation(self._client)
        except ResponseError as error:
            # It answers, if only with a refusal: no reason to open the breaker.
            self._note_success()
            raise BackendUnavailable from error
        except (RedisError, OSError) as error:
            self._note_failure(error)
            raise BackendUnavailable from error
        except BaseException:
            self._breaker.abandoned()
            raise
        self._note_success()
        return answer

    async def value(self, key: str) -> bytes | None:
        """Return the value of *key*, or None if there is none.

        Raises:
            BackendUnavailable: As `call`; or what is there is no plain value.
        """
        return cast(bytes | None, await self.call(lambda redis: redis.get(key)))

    async def values(self, *keys: str) -> Sequence[bytes | None]:
        """Return the value of each of *keys*; None: there is no plain value.

        Raises:
            BackendUnavailable: As `call`.
        """
        found = await self.call(lambda redis: redis.mget(keys))
        return cast(Sequence[bytes | None], found)

    async def ping(self) -> None:
        """Check that the server answers.

        Raises:
            BackendUnavailable: It does not.
        """
        await self.call(_ping)

    async def aclose(self) -> None:
        """Close all connections, without QUIT if it does not answer."""
        with suppress(RedisError, OSError):
            await self._client.aclose()

    def _note_success(self) -> None:
        if self._breaker.is_open:
            structlog.get_logger().info("redis.back", node=self._name)
        self._breaker.succeeded()

    def _note_failure(self, error: Exception) -> None:
        was_open = self._breaker.is_open
        self._breaker.failed()
        if self._breaker.is_open and not was_open:
            structlog.get_logger().warning(
                "redis.away", node=self._name, error=type(error).__name__
            )


async def _ping(redis: Redis) -> None:
    await redis.ping()


def chunks(items: Sequence[Item], size: int) -> Iterator[Sequence[Item]]:
    """Yield *items* in order, *size* at a time; the last piece may be shorter."""
    for start in range(0, len(items), size):
        yield items[start : start + size]
