"""What the servers of the settings report about themselves.

Nothing is changed, and every call has an answer or an error within
`ANSWER_SECONDS`. Drivers are optional: see `wiring/drivers.py` before calling.
"""

from __future__ import annotations

import asyncio
from contextlib import aclosing
from typing import TYPE_CHECKING, Final, TypeAlias

if TYPE_CHECKING:
    from waypost.adapters.clickhouse.inspect import ClickHouseReport
    from waypost.adapters.kafka.inspect import KafkaReport
    from waypost.adapters.redis.inspect import RedisReport
    from waypost.config import Settings

    RedisState: TypeAlias = RedisReport
    KafkaState: TypeAlias = KafkaReport
    ClickHouseState: TypeAlias = ClickHouseReport

ANSWER_SECONDS: Final = 2.0
"""How long a server may take to answer."""


async def ask_redis(url: str) -> RedisState:
    """Return what the Redis server at *url* reports about itself.

    Raises:
        BackendUnavailable: It does not answer; the cause says why.
    """
    from waypost.adapters.redis.client import RedisNode
    from waypost.adapters.redis.inspect import inspect_redis

    node = RedisNode.open(url, timeout_seconds=ANSWER_SECONDS)
    async with aclosing(node):
        return await inspect_redis(node)


async def ask_plain_counter(url: str, *, key: str) -> int | None:
    """Return another program's counter of ids in *key* of the Redis server at *url*.

    None: there is none. Raises:
        BackendUnavailable: It does not answer.
    """
    from waypost.adapters.redis.client import RedisNode
    from waypost.adapters.redis.inspect import plain_counter

    node = RedisNode.open(url, timeout_seconds=ANSWER_SECONDS)
    async with aclosing(node):
        return await plain_counter(node, key=key)


async def ask_kafka(settings: Settings) -> KafkaState:
    """Return what the brokers report about themselves and the topic.

    Raises:
        BackendUnavailable: None of them answers.
    """
    from waypost.adapters.kafka.inspect import inspect_kafka
    from waypost.wiring.parts.kafka import kafka_connection

    return await asyncio.to_thread(
        inspect_kafka,
        kafka_connection(settings),
        topic=settings.KAFKA_CLICK_TOPIC,
        within=ANSWER_SECONDS,
    )


async def ask_clickhouse(settings: Settings) -> ClickHouseState:
    """Return what the ClickHouse server of the settings reports about itself.

    Raises:
        BackendUnavailable: It does not answer, or refuses.
    """
    from waypost.adapters.clickhouse.inspect import inspect_clickhouse
    from waypost.wiring.analytics.clickhouse import clickhouse_address

    return await inspect_clickhouse(
        clickhouse_address(settings), timeout_seconds=ANSWER_SECONDS
    )


async def ask_keygen(url: str) -> bool:
    """Return whether the keygen service at *url* is healthy.

    Raises:
        BackendUnavailable: It does not answer, or is not a keygen service.
    """
    from waypost.adapters.keygen_client import is_well, open_client

    async with open_client(timeout_seconds=ANSWER_SECONDS) as client:
        return await is_well(client, url=url)
