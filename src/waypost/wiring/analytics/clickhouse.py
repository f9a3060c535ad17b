"""Where ClickHouse is, as the settings name it."""

from waypost.adapters.clickhouse.client import Address
from waypost.config import Settings


def clickhouse_address(settings: Settings) -> Address:
    """Return where the server is, and which of its users to be."""
    return Address(
        url=settings.CLICKHOUSE_URL,
        username=settings.CLICKHOUSE_USERNAME,
        password=settings.CLICKHOUSE_PASSWORD,
        database=settings.CLICKHOUSE_DATABASE,
    )
