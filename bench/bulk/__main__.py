"""Make links together: by the service alone, and by a stream over HTTP.

    python -m bench.bulk [--links NUMBER] [--profile]

On SQLite and on PostgreSQL (durable), both in temporary folders. The processor's time
is that of the process that makes the links; on a busy machine it says more than the
rate. `--profile` prints where the time of the service goes on SQLite.
"""

import argparse
import asyncio
import cProfile
import pstats
import time
from collections.abc import Iterable
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

from cluster.servers.postgres import PostgresServer

from bench.bulk.service import open_links
from bench.bulk.stream import by_stream
from bench.servers import TARGET
from waypost.domain.audit.entries import BY_COMMAND
from waypost.services.bulk.carry_out import carry_out
from waypost.services.bulk.items import Done
from waypost.services.links.context import LinkContext
from waypost.services.links.create import LinkCreation, drafted

_TOGETHER: Final = 1_000


async def _by_service(url: str, number: int) -> None:
    """Print how many links a second the service checks and stores."""
    async with open_links(url) as context:
        await _made(range(_TOGETHER), context)
        began, used = time.perf_counter(), time.process_time()
        for first in range(0, number, _TOGETHER):
            await _made(range(first, first + _TOGETHER), context)
        rate = number / (time.perf_counter() - began)
        cost = (time.process_time() - used) / number * 1e6
    print(f"  service  {rate:>8,.0f} links/s  {cost:.1f} us of processor time a link")


async def _made(numbers: Iterable[int], context: LinkContext) -> None:
    drafts = [
        drafted(LinkCreation(url=f"{TARGET}{n}"), context=context) for n in numbers
    ]
    outcomes = await carry_out(drafts, by=BY_COMMAND, context=context)
    assert all(isinstance(one, Done) for one in outcomes), "every link is made"


def _profiled(url: str, number: int) -> None:
    with cProfile.Profile() as profile:
        asyncio.run(_by_service(url, number))
    pstats.Stats(profile).sort_stats("tottime").print_stats(30)


def _measure(folder: Path, number: int, *, is_profiled: bool) -> None:
    print("SQLite")
    run = _profiled if is_profiled else lambda *args: asyncio.run(_by_service(*args))
    run(f"sqlite:///{folder}/waypost.db", number)
    print(f"  stream   {by_stream(folder / 'sqlite', number):>8,.0f} links/s")
    print("PostgreSQL")
    postgres = PostgresServer(folder, durable=True)
    postgres.start()
    try:
        postgres.wait_until_ready()
        asyncio.run(_by_service(postgres.url, number))
        rate = by_stream(folder / "served", number, database_url=postgres.url)
        print(f"  stream   {rate:>8,.0f} links/s")
    finally:
        postgres.stop()


def main() -> None:
    """Run the command."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--links", type=int, default=100_000)
    parser.add_argument("--profile", action="store_true")
    options = parser.parse_args()
    with TemporaryDirectory() as folder:
        _measure(Path(folder), options.links, is_profiled=options.profile)


if __name__ == "__main__":
    main()
