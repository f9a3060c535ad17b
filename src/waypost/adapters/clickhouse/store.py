"""The store of enriched clicks in ClickHouse, opened and ready."""

from types import TracebackType
from typing import Final, Self

from waypost.adapters.clickhouse.administration import ClickHouseAdministration
from waypost.adapters.clickhouse.client import Address, ClickHouse
from waypost.adapters.clickhouse.reading.reports import ClickHouseReports
from waypost.adapters.clickhouse.rows import ClickHouseRows
from waypost.adapters.clickhouse.schema import ClickHouseUnusable, Tables, migrate
from waypost.adapters.clickhouse.sealing import BUSY, Sealing
from waypost.ports.analytics.block_records import BlockRecords

TIMEOUT_SECONDS: Final = 30.0
MAX_ROWS_TO_READ: Final = 2_000_000_000


class ClickHouseClicks:
    """The store: `ClickRows`, `VisitorSalts`, `ReportStore`, `ClickAdministration`."""

    def __init__(
        self,
        server: ClickHouse,
        records: BlockRecords,
        *,
        tables: Tables,
        busy_clicks: int = BUSY,
    ) -> None:
        self._server = server
        self._records = records
        sealing = Sealing(server, records, tables=tables, busy_clicks=busy_clicks)
        rows = ClickHouseRows(server, records, tables=tables, sealing=sealing)
        reports = ClickHouseReports(server, records, tables=tables)
        administration = ClickHouseAdministration(
            server, records, tables=tables, rows=rows, sealing=sealing
        )
        self.position = rows.position
        self.add = rows.add
        self.keep = rows.keep
        self.salt = records.salt
        self.ask = reports.ask
        self.clicks = reports.clicks
        self.export = reports.export
        self.stored_days = administration.stored_days
        self.stored_sequences = administration.stored_sequences
        self.expire = administration.expire
        self.expire_rollups = administration.expire_rollups
        self.erase_link = administration.erase_link
        self.erase_block = administration.erase_block
        self.erase_visitor = administration.erase_visitor
        self.reclassify = administration.reclassify
        self.verify = administration.verify

    async def aclose(self) -> None:
        """Close the connections to the server; the record has its own owner."""
        await self._server.aclose()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        await self.aclose()


async def open_clickhouse(
    address: Address,
    *,
    records: BlockRecords,
    cluster: str = "",
    timeout_seconds: float = TIMEOUT_SECONDS,
    max_rows_to_read: int = MAX_ROWS_TO_READ,
) -> ClickHouseClicks:
    """Open the store at *address*, and make its tables where they are missing.

    *records* is `SqlBlockRecords` of the main database. *timeout_seconds* bounds each
    query, *max_rows_to_read* what it reads. Must be closed with `aclose`.

    Raises:
        ClickHouseUnusable: The tables are a newer release's, or the record and the
            tables do not belong together.
        BackendUnavailable: The server does not answer.
    """
    tables = Tables(cluster)
    server = ClickHouse(
        address, timeout_seconds=timeout_seconds, max_rows_to_read=max_rows_to_read
    )
    try:
        await migrate(server, tables)
        await _check_record(server, records, tables)
    except BaseException:
        await server.aclose()
        raise
    return ClickHouseClicks(server, records, tables=tables)


async def _check_record(
    server: ClickHouse, records: BlockRecords, tables: Tables
) -> None:
    """Refuse rows that the record does not know: they would count twice."""
    ((last,),) = await server.read(
        f"SELECT max(block) FROM {tables.events}", {}, is_bounded=False
    )
    assert isinstance(last, int), "the column is a number"
    known = await records.last_number()
    if last > known:
        raise ClickHouseUnusable(
            f"ClickHouse holds clicks of blocks up to {last}, and the database of "
            f"DATABASE_URL has recorded blocks up to {known} only: it was restored "
            "from a backup, or belongs to another ClickHouse. After a restore, run "
            f"`ALTER TABLE {tables.own_events} DELETE WHERE block > {known}` and "
            f"`ALTER TABLE {tables.own_rollups} DELETE WHERE version > {known}` there; "
            "clicks that are on the bus or in journals still are added again."
        )
