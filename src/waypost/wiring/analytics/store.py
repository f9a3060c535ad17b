"""The store of enriched clicks that the settings name, imported when it is opened."""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, aclosing, asynccontextmanager
from pathlib import Path
from typing import Final, Protocol

from waypost.config import Settings
from waypost.ports.analytics.administration import ClickAdministration
from waypost.ports.analytics.reports import ReportStore
from waypost.ports.analytics.rows import ClickRows, VisitorSalts
from waypost.wiring.topology import topology_of

CLICKS_FILE: Final = "clicks.db"
"""The file of clicks in the data folder, beside that of links."""

_RECORD_CONNECTIONS: Final = 2


class ClickStore(ClickRows, VisitorSalts, ReportStore, ClickAdministration, Protocol):
    """Everything that a store of clicks does."""


def clicks_file(settings: Settings) -> Path:
    """Return where an embedded server keeps its clicks."""
    return settings.DATA_DIR / CLICKS_FILE


def import_store(settings: Settings) -> None:
    """Import what `open_click_store` will need, which may take half a second."""
    if topology_of(settings).has_clickhouse:
        import waypost.adapters.clickhouse.store
    else:
        import waypost.adapters.columns.store  # noqa: F401 - for its effect


@asynccontextmanager
async def open_click_store(settings: Settings) -> AsyncIterator[ClickStore]:
    """Open the store of clicks of *settings*.

    Raises:
        Unusable: It cannot be used; the text says what to do.
        BackendUnavailable: It does not answer.
    """
    topology = topology_of(settings)
    async with AsyncExitStack() as stack:
        if topology.has_clickhouse:
            yield await _clickhouse(settings, stack)
            return
        from waypost.adapters.columns.store import open_postgres, open_sqlite

        if topology.is_shared:
            opening = open_postgres(settings.database_url)
        else:
            opening = open_sqlite(clicks_file(settings))
        yield await stack.enter_async_context(aclosing(await opening))


async def _clickhouse(settings: Settings, stack: AsyncExitStack) -> ClickStore:
    from waypost.adapters.clickhouse.store import open_clickhouse
    from waypost.adapters.sql.block_records import SqlBlockRecords
    from waypost.adapters.sql.storage import SqlStorage
    from waypost.wiring.analytics.clickhouse import clickhouse_address

    storage = await SqlStorage.open(
        settings.database_url,
        timeout_seconds=settings.DATABASE_TIMEOUT_SECONDS,
        pool_size=_RECORD_CONNECTIONS,
    )
    await stack.enter_async_context(aclosing(storage))
    opening = open_clickhouse(
        clickhouse_address(settings),
        records=SqlBlockRecords(storage.database),
        cluster=settings.CLICKHOUSE_CLUSTER,
        timeout_seconds=settings.CLICKHOUSE_TIMEOUT_SECONDS,
        max_rows_to_read=settings.CLICKHOUSE_MAX_ROWS,
    )
    return await stack.enter_async_context(aclosing(await opening))
