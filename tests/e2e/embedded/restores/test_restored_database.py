"""A database is replaced by an older copy: no id and no code is handed out again."""

import json
import shutil
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from itertools import pairwise
from pathlib import Path
from urllib.parse import urlsplit

import pytest
import redis
from cluster.servers.postgres import new_database_name
from cluster.servers.redis import RedisServer

from tests.e2e.process import WaypostProcess
from tests.servers import FreshRedis, in_postgres

pytestmark = pytest.mark.slow

CREATED = 30
KEY = "id_allocator:url"


def create(server: WaypostProcess, number: int = CREATED) -> dict[int, str]:
    """Create links; return their codes by id."""
    created: dict[int, str] = {}
    while len(created) < number:
        # A database that is being replaced refuses meanwhile.
        with suppress(OSError):
            status, _, body = server.request(
                "/api/shorten", body={"url": "https://example.com/"}
            )
            if status == 201:
                link = json.loads(body)
                assert link["id"] not in created
                created[link["id"]] = link["short_code"]
    return created


def events(server: WaypostProcess) -> list[str]:
    """Return the events that a process has logged."""
    return [str(entry["event"]) for entry in server.log_events()]


def copy_database(folder: Path, name: str) -> Path:
    """Return a copy of the database of a server that has stopped."""
    return Path(shutil.copy(folder / "waypost.db", folder.parent / name))


def put_back(copy: Path, folder: Path) -> None:
    """Replace the database of a server that has stopped."""
    for path in folder.glob("waypost.db*"):
        path.unlink()
    shutil.copy(copy, folder / "waypost.db")


def test_an_older_sqlite_database(tmp_path: Path) -> None:
    """The data folder knows the codes that were made since, and the log says so."""
    with WaypostProcess(tmp_path / "data", settings={"ID_BLOCK_SIZE": "7"}) as server:
        before = create(server)
        assert server.stop() == 0
        copy = copy_database(server.data_dir, "copy.db")
        server.start()
        lost = create(server)
        assert server.stop() == 0
        put_back(copy, server.data_dir)
        server.start()
        after = create(server)
        assert not after.keys() & (before.keys() | lost.keys())
        assert "ids.counter_raised" in events(server)


def test_a_folder_of_the_last_release(tmp_path: Path) -> None:
    """Its journal knows ids: a new link inherits no clicks of a link that is lost."""
    settings = {"INGESTION_FLUSH_INTERVAL_SECONDS": "60"}
    with WaypostProcess(tmp_path / "data", settings=settings) as server:
        assert server.stop() == 0
        copy = copy_database(server.data_dir, "copy.db")
        server.start()
        lost = create(server)
        code = lost[max(lost)]
        for _ in range(5):
            assert server.request(f"/{code}")[0] == 307
        server.kill()
        (server.data_dir / "leased-ids.json").unlink()
        put_back(copy, server.data_dir)
        server.start()
        after = create(server)
        assert min(after) > max(lost)
        counts = server.all_settled_clicks(dict.fromkeys(after.values(), 0))
        assert set(counts.values()) == {0}


@contextmanager
def copy_of(url: str) -> Iterator[str]:
    """Copy an unused PostgreSQL database; yield the name of the copy."""
    copy = new_database_name()
    in_postgres(url_of(url, "postgres"), f'CREATE DATABASE "{copy}" TEMPLATE {of(url)}')
    try:
        yield copy
    finally:
        in_postgres(url_of(url, "postgres"), f'DROP DATABASE "{copy}" WITH (FORCE)')


def replace_by(copy: str, url: str) -> None:
    """Replace a PostgreSQL database, even one in use, by a copy."""
    server = url_of(url, "postgres")
    in_postgres(server, f"DROP DATABASE {of(url)} WITH (FORCE)")
    in_postgres(server, f'CREATE DATABASE {of(url)} TEMPLATE "{copy}"')


def url_of(url: str, database: str) -> str:
    """Return the URL of another database on the same server."""
    return urlsplit(url)._replace(path=f"/{database}").geturl()


def of(url: str) -> str:
    """Return the quoted name of the database."""
    return f'"{urlsplit(url).path.lstrip("/")}"'


class Keygen(WaypostProcess):
    """`waypost run keygen`, and every block that it has leased."""

    health_path = "/livez"

    def __init__(self, folder: Path, *, database: str, nodes: tuple[str, str]) -> None:
        settings = {
            "DATABASE_URL": database,
            "KEYGEN_PRIMARY_REDIS_URL": nodes[0],
            "KEYGEN_SECONDARY_REDIS_URL": nodes[1],
        }
        super().__init__(folder, settings=settings, command=("run", "keygen"))
        self.blocks: list[tuple[int, int]] = []

    def lease(self) -> int:
        """Lease a block that was never leased before; return its first id."""
        while True:
            status, _, body = self.request("/allocate", body={"size": 10})
            if status == 200:
                break
        block = json.loads(body)
        self.blocks.append((block["start"], block["end"]))
        ordered = sorted(self.blocks)
        assert all(one[1] < two[0] for one, two in pairwise(ordered)), ordered
        start: int = block["start"]
        return start


@pytest.mark.parametrize("restarted", [False, True])
def test_stripes_of_keygen(
    tmp_path: Path,
    migrated_postgres_url: str,
    fresh_redis: FreshRedis,
    restarted: bool,  # noqa: FBT001  # a parameter of the test
) -> None:
    """The stripe of a node that goes on is not given to the other one."""
    primary, secondary = fresh_redis(), fresh_redis()
    with (
        copy_of(migrated_postgres_url) as copy,
        Keygen(
            tmp_path / "keygen",
            database=migrated_postgres_url,
            nodes=(primary.url, secondary.url),
        ) as keygen,
    ):
        assert keygen.lease() == 1
        primary.freeze()
        assert keygen.lease() == 1_000_001
        primary.thaw()
        if restarted:
            assert keygen.stop() == 0
        replace_by(copy, migrated_postgres_url)
        if restarted:
            keygen.start()
        _forget(primary)
        # Until the primary is asked again, it is left alone for a moment.
        while keygen.lease() < 2_000_000:
            pass


def test_everything_forgets_but_the_app(
    tmp_path: Path, migrated_postgres_url: str, fresh_redis: FreshRedis
) -> None:
    """The database goes back and Redis loses a stripe: the app discards old blocks."""
    node = fresh_redis()
    database = {"DATABASE_URL": migrated_postgres_url, "ID_BLOCK_SIZE": "5"}
    with (
        copy_of(migrated_postgres_url) as copy,
        Keygen(
            tmp_path / "keygen", database=migrated_postgres_url, nodes=(node.url, "")
        ) as keygen,
        WaypostProcess(
            tmp_path / "data", settings={**database, "KEYGEN_SERVICE_URL": keygen.url}
        ) as server,
    ):
        lost = create(server)
        assert keygen.stop() == 0
        _forget(node)
        replace_by(copy, migrated_postgres_url)
        keygen.start()
        # Before the app adds a link, whose id the database would know.
        assert keygen.lease() == 1
        after = create(server)
        assert not after.keys() & lost.keys()
        assert "ids.block_discarded" in events(server)


def _forget(server: RedisServer) -> None:
    """Delete the stripe of a node."""
    with redis.Redis.from_url(server.url) as client:
        client.delete(KEY)
