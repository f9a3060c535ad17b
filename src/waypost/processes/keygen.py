"""`waypost run keygen`: leases blocks of ids to the apps."""

import structlog
import uvloop

from waypost.config import Settings
from waypost.http.connections.connection import connection_class
from waypost.http.connections.options import connection_options
from waypost.processes.running.listener import Server, listen, server_config
from waypost.processes.running.logs import configure_logs
from waypost.wiring.programs.keygen import open_keygen

STOP_SECONDS = 5
"""How long requests in progress may take once the process has to stop."""

_log = structlog.get_logger()


def run(settings: Settings) -> None:
    """Serve until a signal comes.

    Raises:
        CannotListenError: The port cannot be had.
        DatabaseRefused: The database cannot be used.
    """
    configure_logs(settings)
    uvloop.run(_serve(settings))


async def _serve(settings: Settings) -> None:
    with listen(settings.HOST, settings.PORT) as listener:
        async with open_keygen(settings) as app:
            config = server_config(
                app,
                stop_seconds=STOP_SECONDS,
                http=connection_class(
                    connection_options(
                        request_timeout_seconds=settings.REQUEST_TIMEOUT_SECONDS,
                        keep_alive_seconds=settings.KEEP_ALIVE_SECONDS,
                    )
                ),
            )
            listening = f"{settings.HOST}:{listener.getsockname()[1]}"
            server = Server(
                config, on_ready=lambda: _log.info("keygen.ready", listening=listening)
            )
            await server.serve(sockets=[listener])
    _log.info("keygen.stopped")
