"""The store of clicks without a running server."""

from datetime import UTC, datetime, timedelta

from waypost.config import Settings
from waypost.domain.analytics.questions import ClickQuery, Totals
from waypost.wiring.analytics.store import clicks_file, open_click_store
from waypost.wiring.topology import topology_of

_LOOKED_AT = timedelta(days=1)


def has_clicks(settings: Settings) -> bool:
    """Return whether clicks are stored, as far as this can be known without asking."""
    topology = topology_of(settings)
    is_elsewhere = topology.is_shared or topology.has_clickhouse
    return topology.has_reports and (is_elsewhere or clicks_file(settings).exists())


async def complete_until(settings: Settings) -> datetime | None:
    """Return up to when reports have every click, once they have answered a question.

    None: no click was ever stored.

    Raises:
        Unusable: The store cannot be used; the text says what to do.
        BackendUnavailable: It does not answer.
    """
    now = datetime.now(UTC)
    query = ClickQuery(
        start_ms=int((now - _LOOKED_AT).timestamp() * 1_000),
        end_ms=int(now.timestamp() * 1_000),
    )
    async with open_click_store(settings) as store:
        answers = await store.ask(query, [Totals()])
    if answers.as_of_ms is None:
        return None
    return datetime.fromtimestamp(answers.as_of_ms / 1_000, UTC)
