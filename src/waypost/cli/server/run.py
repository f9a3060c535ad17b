"""`waypost run`: one process of the distributed product."""

import typer

from waypost.cli.options import (
    DataDirOption,
    HostOption,
    LogLevelOption,
    PortOption,
    examples,
)
from waypost.cli.output import print_result

app = typer.Typer(rich_markup_mode=None)


@app.callback(invoke_without_command=True)
def run(context: typer.Context) -> None:
    """Run one process of the distributed product.

    Each is set up by environment variables or a file .env: DATABASE_URL names the
    PostgreSQL database that all of them share. A process ends in an orderly way at
    Ctrl-C or SIGTERM. To run everything in one process: `waypost serve`.
    """
    if context.invoked_subcommand is None:
        print_result(context.get_help())


@app.command(
    "app", epilog=examples("waypost run app --port 8001 --data-dir /var/lib/app-1")
)
def run_app(
    host: HostOption = None,
    port: PortOption = None,
    data_dir: DataDirOption = None,
    log_level: LogLevelOption = None,
) -> None:
    """Redirects and the API.

    With KAFKA_BOOTSTRAP_SERVERS its clicks go to the ingest workers; without it,
    they are counted here.
    """
    _run("app", HOST=host, PORT=port, DATA_DIR=data_dir, LOG_LEVEL=log_level)


@app.command(
    "edge", epilog=examples("waypost run edge --port 8001 --data-dir /var/lib/edge")
)
def run_edge(
    host: HostOption = None,
    port: PortOption = None,
    data_dir: DataDirOption = None,
    log_level: LogLevelOption = None,
) -> None:
    """Redirects only: no API, and less to load and to attack."""
    _run("edge", HOST=host, PORT=port, DATA_DIR=data_dir, LOG_LEVEL=log_level)


@app.command("keygen", epilog=examples("waypost run keygen --port 8100"))
def run_keygen(
    host: HostOption = None,
    port: PortOption = None,
    log_level: LogLevelOption = None,
) -> None:
    """Lease ids to the apps, from two Redis nodes."""
    _run("keygen", HOST=host, PORT=port, LOG_LEVEL=log_level)


@app.command("ingest", epilog=examples("waypost run ingest --log-level DEBUG"))
def run_ingest(log_level: LogLevelOption = None) -> None:
    """Count the clicks that come through Kafka, each once."""
    _run("ingest", LOG_LEVEL=log_level)


@app.command("rows", epilog=examples("waypost run rows --log-level DEBUG"))
def run_rows(log_level: LogLevelOption = None) -> None:
    """Store the clicks that come through Kafka for reports, each once."""
    _run("rows", LOG_LEVEL=log_level)


@app.command("warmer", epilog=examples("waypost run warmer --log-level WARNING"))
def run_warmer(log_level: LogLevelOption = None) -> None:
    """Keep the most clicked links in the shared cache."""
    _run("warmer", LOG_LEVEL=log_level)


def _run(name: str, **options: object) -> None:
    from waypost.cli.configuration import read_settings
    from waypost.cli.server.launching import launch

    launch(name, read_settings(**options))
