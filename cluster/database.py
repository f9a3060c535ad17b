"""Make the cluster's database and bring it to the schema of this release."""

import asyncio
import subprocess
from concurrent.futures import ThreadPoolExecutor

import asyncpg

from cluster.servers.postgres import PostgresServer
from cluster.servers.server import ServerFailedError
from cluster.servers.waypost import clean_environment, migrate_command
from cluster.topology import DATABASE, Topology

_CONNECT_SECONDS = 10
_MIGRATE_SECONDS = 120


def prepare_database(topology: Topology) -> None:
    """Create the database unless it is there, and upgrade its schema.

    Raises:
        ServerFailedError: `waypost migrate` failed.
    """
    # In a thread of its own: this one may have an event loop already.
    with ThreadPoolExecutor(1) as thread:
        thread.submit(asyncio.run, _create(topology.backends.postgres)).result()
    migrated = subprocess.run(
        migrate_command(),
        cwd=topology.backends.postgres.folder,
        env=clean_environment() | dict(topology.settings),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
        timeout=_MIGRATE_SECONDS,
    )
    if migrated.returncode != 0:
        raise ServerFailedError(f"waypost migrate failed.\n{migrated.stderr}")


async def _create(server: PostgresServer) -> None:
    connection = await asyncpg.connect(server.url, timeout=_CONNECT_SECONDS)
    try:
        await connection.execute(f'CREATE DATABASE "{DATABASE}"')
    except asyncpg.DuplicateDatabaseError:
        return
    finally:
        await connection.close()
