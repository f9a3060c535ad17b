"""A process that serves reports about clicks in memory, and prints its port."""

import asyncio
import socket
from datetime import UTC, datetime, timedelta

import structlog
import uvicorn

from tests.integration.api.conftest import Api
from tests.integration.api.reports.stored import add_clicks, add_links, click

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
    return api


async def serve() -> None:
    """Serve until the process is ended."""
    config = uvicorn.Config((await filled()).create(), log_level="error")
    with socket.create_server(("127.0.0.1", 0)) as listener:
        print(listener.getsockname()[1], flush=True)
        await uvicorn.Server(config).serve(sockets=[listener])


if __name__ == "__main__":
    structlog.configure(logger_factory=structlog.ReturnLoggerFactory())
    asyncio.run(serve())
