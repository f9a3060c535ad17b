"""The store of enriched clicks that the settings name."""

from collections.abc import AsyncIterator
from contextlib import aclosing, asynccontextmanager
from pathlib import Path
from typing import Final

from waypost.adapters.columns.store import ClickStore, open_postgres, open_sqlite
from waypost.config import Settings
from waypost.wiring.topology import topology_of

CLICKS_FILE: Final = "clicks.db"
"""The file of clicks in the data folder, beside that of links."""


def clicks_file(settings: Settings) -> Path:
    """Return where an embedded server keeps its clicks."""
    return settings.DATA_DIR / CLICKS_FILE


@asynccontextmanager
async def open_click_store(settings: Settings) -> AsyncIterator[ClickStore]:
    """Open the store of clicks of *settings*.

    Raises:
        Unusable: A newer release has written it.
        BackendUnavailable: It does not answer.
    """
    if topology_of(settings).is_shared:
        opening = open_postgres(settings.database_url)
    else:
        opening = open_sqlite(clicks_file(settings))
    async with aclosing(await opening) as store:
        yield store
