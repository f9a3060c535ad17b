"""The stores that reports are asked of, each in a folder, with their servers."""

import signal
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from enum import StrEnum
from pathlib import Path
from typing import Final, NamedTuple

from cluster.servers.postgres import PostgresServer
from tests.clickhouse.server import ClickHouseServer

_SECONDS: Final = "600"
"""How long a query may take: a busy machine is no failure."""


class StoreKind(StrEnum):
    """Where the clicks are."""

    SQLITE = "sqlite"
    POSTGRES = "postgres"
    CLICKHOUSE = "clickhouse"


class Running(NamedTuple):
    """A store that can be opened."""

    settings: Mapping[str, str]
    """Those that lead to it."""
    pid: int | None
    """Its server; None: it needs none."""


@contextmanager
def running(kind: StoreKind, folder: Path) -> Iterator[Running]:
    """Run the server of *kind* on *folder* meanwhile.

    What it holds stays there for the next time.

    Raises:
        MissingServerError: Nothing supplies its program.
    """
    data = folder.resolve() / kind
    data.mkdir(parents=True, exist_ok=True)
    settings = {"DATA_DIR": str(data)}
    if kind is StoreKind.POSTGRES:
        with PostgresServer(data / "server", durable=True) as postgres:
            yield Running(settings | {"DATABASE_URL": postgres.url}, postgres.pid)
    elif kind is StoreKind.CLICKHOUSE:
        with ClickHouseServer(data / "server") as clickhouse:
            settings["CLICKHOUSE_URL"] = f"{clickhouse.url}/default"
            settings["CLICKHOUSE_TIMEOUT_SECONDS"] = _SECONDS
            yield Running(settings, clickhouse.pid)
    else:
        yield Running(settings, None)


def stop_servers_when_ended() -> None:
    """Have SIGTERM end this process as an error does, so that servers are stopped."""
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))
