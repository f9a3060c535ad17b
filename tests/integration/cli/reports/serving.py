"""A process that serves reports about clicks in memory, and prints its port."""

import asyncio
import socket
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import structlog
import uvicorn

from tests.integration.api.conftest import Api
from tests.integration.api.reports.stored import add_clicks, add_links, click
from waypost.domain.analytics.enriched import day_of
from waypost.domain.analytics.orphans import OTHERS, OrphanKey, OrphanKind, OrphanTally
from waypost.domain.reports.calendar import ms_of
from waypost.ports.analytics.orphans import OrphanBatch

TOKEN = "the admin token of these tests"


async def filled() -> Api:
    """Return an application with clicks of today and of the two days before."""
    api, now = Api(admin_token=TOKEN), datetime.now(UTC)
    await add_links(api, "sale-24", "spring")
    await add_clicks(
        api,
        *(
            click(n, at=now, ago=timedelta(days=n % 3), visitor=n, country="CH")
            for n in range(1, 7)
        ),
        click(7, at=now, link_id=2, visitor=7, country="DE", referrer="t.co"),
        click(8, at=now, machine="preview"),
    )
    assert api.orphans is not None
    await api.orphans.add(
        OrphanBatch(source="one", number=1, tallies=dict(orphans(ms_of(now))))
    )
    return api


def orphans(now_ms: int) -> Iterator[tuple[OrphanKey, OrphanTally]]:
    """Yield visits of today that belong to no link."""
    for kind, text, people in (
        (OrphanKind.UNKNOWN_CODE, "sale-42", 5),
        (OrphanKind.UNKNOWN_CODE, "x" * 100, 4),
        (OrphanKind.UNKNOWN_PATH, "spring/more", 3),
        (OrphanKind.BASE_URL, "", 2),
        (OrphanKind.UNKNOWN_CODE, OTHERS, 999),
    ):
        tally = OrphanTally(now_ms, now_ms, people=people, machines=1)
        yield OrphanKey(kind, text, day_of(now_ms)), tally


async def serve() -> None:
    """Serve until the process is ended."""
    config = uvicorn.Config((await filled()).create(), log_level="error")
    with socket.create_server(("127.0.0.1", 0)) as listener:
        print(listener.getsockname()[1], flush=True)
        await uvicorn.Server(config).serve(sockets=[listener])


if __name__ == "__main__":
    structlog.configure(logger_factory=structlog.ReturnLoggerFactory())
    asyncio.run(serve())
