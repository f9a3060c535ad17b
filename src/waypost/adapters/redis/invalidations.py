"""Changes of links, sent to every process at once through Redis pub/sub.

    publish ─▶ url:invalidations ─▶ listen, in each process

`wire/invalidation.py` says what a message is.
"""

import asyncio
from collections.abc import AsyncGenerator, Sequence
from contextlib import aclosing
from typing import Final

import structlog
from redis.asyncio.client import PubSub
from redis.backoff import ExponentialWithJitterBackoff
from redis.exceptions import RedisError
from redis.exceptions import TimeoutError as RedisTimeoutError

from waypost.adapters.redis.client import RedisNode, chunks, heeding_cancellation
from waypost.domain.events import Invalidation
from waypost.wire.invalidation import decode_changes, encode_changes

_CHANNEL: Final = "url:invalidations"
_CHANGES_PER_MESSAGE: Final = 1_000
# After so much silence the server is sent a PING. Together with the time-out of its
# answer this is how long a dead connection may go unnoticed.
_SILENCE_SECONDS: Final = 0.5
_FIRST_RETRY_SECONDS: Final = 0.05
_LONGEST_RETRY_SECONDS: Final = 1.0


class RedisInvalidations:
    """Invalidations over one channel; `ports.shared_cache.Invalidations`."""

    def __init__(self, node: RedisNode) -> None:
        self._node = node

    async def publish(self, changed: Sequence[Invalidation]) -> None:
        """Send the changes to every process, this one included.

        Raises:
            BackendUnavailable: Some or all processes may not have received them.
        """
        for some in chunks(changed, _CHANGES_PER_MESSAGE):
            await self._send(encode_changes(some))

    async def listen(self) -> AsyncGenerator[Invalidation | None]:
        """Yield what is published from now on; never ends, and never raises.

        None comes after each subscription to the channel, the first and every one
        after a lost connection: changes that were published before may be missed.
        """
        backoff = ExponentialWithJitterBackoff(
            cap=_LONGEST_RETRY_SECONDS, base=_FIRST_RETRY_SECONDS
        )
        failures = 0
        while True:
            try:
                async with aclosing(self._session()) as session:
                    async for changes in session:
                        if failures:
                            structlog.get_logger().info("invalidations.back")
                            failures = 0
                        for change in changes:
                            yield change
            except (RedisError, OSError) as error:
                if not failures:
                    structlog.get_logger().warning(
                        "invalidations.lost", error=type(error).__name__
                    )
                failures += 1
            await asyncio.sleep(backoff.compute(failures))

    async def _send(self, message: bytes) -> None:
        await self._node.call(lambda redis: redis.publish(_CHANNEL, message))

    async def _session(self) -> AsyncGenerator[Sequence[Invalidation | None], None]:
        """Yield what comes over one connection.

        Raises:
            RedisError: The connection is lost, or cannot be had.
            OSError: As above.
        """
        async with self._node.client.pubsub() as pubsub:
            with heeding_cancellation():
                async with asyncio.timeout(self._node.timeout_seconds):
                    await pubsub.subscribe(_CHANNEL)
            while True:
                with heeding_cancellation():
                    message = await self._next(pubsub)
                if message["type"] == "subscribe":
                    yield [None]
                elif message["type"] == "message":
                    yield _changes(message["data"])

    async def _next(self, pubsub: PubSub) -> dict[str, bytes | str]:
        """Return the next message of any kind; the server must not fall silent."""
        message = await pubsub.get_message(timeout=_SILENCE_SECONDS)
        if message is None:
            async with asyncio.timeout(self._node.timeout_seconds):
                await pubsub.ping()
            message = await pubsub.get_message(timeout=self._node.timeout_seconds)
        if message is None:
            raise RedisTimeoutError("no answer to PING")
        return dict(message)


def _changes(content: bytes | str) -> Sequence[Invalidation | None]:
    """Return the changes in a message; None: it cannot be read, changes are missed."""
    try:
        return decode_changes(content)
    except ValueError:
        structlog.get_logger().warning("invalidations.unreadable")
        return [None]
