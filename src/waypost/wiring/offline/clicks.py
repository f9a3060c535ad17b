"""The store of clicks without a running server."""

from datetime import UTC, datetime, timedelta
from typing import NamedTuple

from waypost.adapters.sql.statements.gaps import SqlGaps
from waypost.config import Settings
from waypost.domain.analytics.questions import ClickQuery, Totals
from waypost.ports.analytics.reports import ReportStore
from waypost.services.analytics.unreported import Unreported, unreported
from waypost.wiring.analytics.store import clicks_file, open_click_store
from waypost.wiring.offline.storage import open_storage
from waypost.wiring.topology import topology_of

_LOOKED_AT = timedelta(days=1)


def has_clicks(settings: Settings) -> bool:
    """Return whether clicks are stored, as far as this can be known without asking."""
    topology = topology_of(settings)
    is_elsewhere = topology.is_shared or topology.has_clickhouse
    return topology.has_reports and (is_elsewhere or clicks_file(settings).exists())


class StateOfReports(NamedTuple):
    """How far the store of clicks has come."""

    until: datetime | None
    """Up to when it has every click that reached it; None: none was ever stored."""
    clicks: Unreported


async def state_of_reports(settings: Settings) -> StateOfReports:
    """Return the state, once the store has answered a question of reports.

    Raises:
        As `open_storage`, and Unusable: The store cannot be used; the text says what
        to do.
        BackendUnavailable: It does not answer.
    """
    async with open_storage(settings) as storage, open_click_store(settings) as store:
        until = await _complete_until(store)
        return StateOfReports(until, await unreported(SqlGaps(storage.database), store))


async def _complete_until(store: ReportStore) -> datetime | None:
    now = datetime.now(UTC)
    query = ClickQuery(
        start_ms=int((now - _LOOKED_AT).timestamp() * 1_000),
        end_ms=int(now.timestamp() * 1_000),
    )
    answers = await store.ask(query, [Totals()])
    if answers.as_of_ms is None:
        return None
    return datetime.fromtimestamp(answers.as_of_ms / 1_000, UTC)
