"""ClickHouse, as the settings name it."""

from waypost.adapters.clickhouse.client import Address
from waypost.adapters.clickhouse.store import ClickHouseClicks, open_clickhouse
from waypost.adapters.sql.block_records import SqlBlockRecords
from waypost.adapters.sql.database import Database
from waypost.config import Settings


def clickhouse_address(settings: Settings) -> Address:
    """Return where the server is, and which of its users to be."""
    return Address(
        url=settings.CLICKHOUSE_URL,
        username=settings.CLICKHOUSE_USERNAME,
        password=settings.CLICKHOUSE_PASSWORD,
        database=settings.CLICKHOUSE_DATABASE,
    )


async def clickhouse_clicks(settings: Settings, database: Database) -> ClickHouseClicks:
    """Open the store of enriched clicks whose record is in *database*.

    Raises:
        ClickHouseUnusable: Its tables cannot be used; the text says what to do.
        BackendUnavailable: The server does not answer.
    """
    return await open_clickhouse(
        clickhouse_address(settings),
        records=SqlBlockRecords(database),
        cluster=settings.CLICKHOUSE_CLUSTER,
        timeout_seconds=settings.CLICKHOUSE_TIMEOUT_SECONDS,
        max_rows_to_read=settings.CLICKHOUSE_MAX_ROWS,
    )
