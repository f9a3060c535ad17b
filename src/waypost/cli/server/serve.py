"""`waypost serve`: run the whole product with one command."""

from typing import Annotated

import typer

from waypost.cli.options import (
    DataDirOption,
    HostOption,
    LogLevelOption,
    PortOption,
)

EXAMPLES = (
    "waypost serve",
    "waypost serve --port 8080 --data-dir /var/lib/waypost",
    "waypost serve --host 0.0.0.0 --base-url https://go.example.com",
    "DATABASE_URL=postgresql://me:secret@db/waypost waypost serve --workers 4",
)


def serve(  # noqa: PLR0913, PLR0917  # each is an option
    host: HostOption = None,
    port: PortOption = None,
    base_url: Annotated[
        str | None,
        typer.Option(
            metavar="URL",
            help="Where visitors reach this server; short URLs begin with it. "
            "Default: BASE_URL.",
        ),
    ] = None,
    data_dir: DataDirOption = None,
    log_level: LogLevelOption = None,
    workers: Annotated[
        int,
        typer.Option(
            metavar="NUMBER",
            min=1,
            max=64,
            help="Processes that share the port. More than one need PostgreSQL.",
        ),
    ] = 1,
) -> None:
    """Run the server: redirects, API and statistics, in one process.

    It needs no other service. Options override the environment, which overrides the
    file .env. Ctrl-C stops it; no click is lost, however it is stopped.
    """
    from waypost.cli.configuration import read_settings
    from waypost.cli.server.launching import launch

    settings = read_settings(
        HOST=host,
        PORT=port,
        BASE_URL=base_url,
        DATA_DIR=data_dir,
        LOG_LEVEL=log_level,
    )
    launch("serve", settings, workers=workers)
