"""Faults that delete clicks before they are read: the product must report each."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress

import redis
from confluent_kafka import OFFSET_END, KafkaException, TopicPartition
from confluent_kafka.admin import AdminClient

from cluster.servers.kafka import KafkaServer
from cluster.servers.redis import RedisServer
from cluster.servers.server import Server

_KAFKA_SECONDS = 10.0


@contextmanager
def evicting(server: RedisServer) -> Iterator[None]:
    """Meanwhile let *server* delete keys: half of what it holds, and all that comes."""
    with suppress(redis.RedisError), _client(server) as client:
        memory = client.info("memory")
        bound = memory["used_memory"] - memory["used_memory_dataset"] // 2
        client.config_set("maxmemory-policy", "allkeys-lru")
        client.config_set("maxmemory", bound)
    try:
        yield
    finally:
        with suppress(redis.RedisError), _client(server) as client:
            client.config_set("maxmemory", 0)
            client.config_set("maxmemory-policy", "noeviction")


@contextmanager
def frozen(servers: Sequence[Server]) -> Iterator[None]:
    """Meanwhile let *servers* hang."""
    for server in servers:
        server.freeze()
    try:
        yield
    finally:
        for server in servers:
            server.thaw()


def delete_records(server: KafkaServer, topic: str) -> None:
    """Delete every record of *topic*, read or not, if the broker answers."""
    admin = AdminClient({"bootstrap.servers": server.bootstrap_servers})
    with suppress(KafkaException):
        partitions = admin.list_topics(topic, timeout=_KAFKA_SECONDS).topics[topic]
        ends = [TopicPartition(topic, one, OFFSET_END) for one in partitions.partitions]
        for deleted in admin.delete_records(
            ends, request_timeout=_KAFKA_SECONDS
        ).values():
            deleted.result()


def _client(server: RedisServer) -> "redis.Redis":
    return redis.Redis.from_url(server.url, socket_timeout=2.0)
