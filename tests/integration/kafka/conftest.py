"""What every test of ingest workers counts from and into."""

from collections.abc import AsyncIterator

import pytest

from tests.integration.kafka.ingesting import Topic, open_storage, open_topic
from tests.servers import KafkaBroker
from waypost.ports.storage import Storage


@pytest.fixture
async def storage(postgres_url: str) -> AsyncIterator[Storage]:
    """A PostgreSQL database of the test's own."""
    async with open_storage(postgres_url) as storage:
        yield storage


@pytest.fixture
async def topic(kafka: KafkaBroker) -> AsyncIterator[Topic]:
    """A topic of the test's own."""
    async with open_topic(kafka) as topic:
        yield topic
