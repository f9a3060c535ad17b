"""The stores that reports are asked of, each in a folder, with their servers."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from enum import StrEnum
from pathlib import Path
from typing import Final

from cluster.servers.postgres import PostgresServer
from tests.clickhouse.server import ClickHouseServer

_SECONDS: Final = "600"
"""How long a query may take: a busy machine is no failure."""


class StoreKind(StrEnum):
    """Where the clicks are."""

    SQLITE = "sqlite"
    POSTGRES = "postgres"
    CLICKHOUSE = "clickhouse"


@contextmanager
def running(kind: StoreKind, folder: Path) -> Iterator[Mapping[str, str]]:
    """Run the server of *kind* on *folder*, and yield the settings that lead to it.

    What it holds stays there for the next time.

    Raises:
        MissingServerError: Nothing supplies its program.
    """
    data = folder.resolve() / kind
    data.mkdir(parents=True, exist_ok=True)
    settings = {"DATA_DIR": str(data)}
    if kind is StoreKind.POSTGRES:
        with PostgresServer(data / "server", durable=True) as postgres:
            yield settings | {"DATABASE_URL": postgres.url}
    elif kind is StoreKind.CLICKHOUSE:
        with ClickHouseServer(data / "server") as clickhouse:
            yield settings | {
                "CLICKHOUSE_URL": f"{clickhouse.url}/default",
                "CLICKHOUSE_TIMEOUT_SECONDS": _SECONDS,
            }
    else:
        yield settings
