"""`waypost serve`: run the whole product in this process."""

from typing import Annotated

import typer

from waypost.cli.exits import CommandError
from waypost.cli.options import DataDirOption

EXAMPLES = (
    "waypost serve",
    "waypost serve --port 8080 --data-dir /var/lib/waypost",
    "waypost serve --host 0.0.0.0 --base-url https://go.example.com",
)


def serve(
    host: Annotated[
        str | None,
        typer.Option(metavar="ADDRESS", help="Address to listen on. Default: HOST."),
    ] = None,
    port: Annotated[
        int | None,
        typer.Option(metavar="NUMBER", help="TCP port to listen on. Default: PORT."),
    ] = None,
    base_url: Annotated[
        str | None,
        typer.Option(
            metavar="URL",
            help="Where visitors reach this server; short URLs begin with it. "
            "Default: BASE_URL.",
        ),
    ] = None,
    data_dir: DataDirOption = None,
    log_level: Annotated[
        str | None,
        typer.Option(
            metavar="LEVEL",
            help="Least severity that is logged: DEBUG, INFO, WARNING or ERROR. "
            "Default: LOG_LEVEL.",
        ),
    ] = None,
) -> None:
    """Run the server: redirects, API and statistics, in one process.

    It needs no other service. Options win over the environment, and that over the
    file .env. Ctrl-C stops it; no click is lost, however it is stopped.
    """
    from waypost.cli.configuration import read_settings
    from waypost.cli.readable import readable_errors
    from waypost.processes import embedded
    from waypost.processes.server import CannotListenError

    settings = read_settings(
        HOST=host,
        PORT=port,
        BASE_URL=base_url,
        DATA_DIR=data_dir,
        LOG_LEVEL=log_level,
    )
    try:
        with readable_errors():
            embedded.run(settings)
    except CannotListenError as error:
        raise CommandError(str(error)) from error
