"""Make links in batches: by the service alone, and by a stream over HTTP.

    python -m bench.bulk [--links NUMBER] [--postgres] [--profile]

SQLite and PostgreSQL run in temporary folders. `--profile` prints where the time of the
service goes.
"""

import argparse
import asyncio
import cProfile
import pstats
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

from bench.bulk.service import open_links
from bench.bulk.stream import over_http
from bench.servers import TARGET
from cluster.servers.postgres import PostgresServer

from waypost.services.bulk.carry_out import carry_out
from waypost.services.bulk.items import Done
from waypost.services.links.create import LinkCreation, drafted

_TOGETHER: Final = 1_000


async def _by_service(url: str, number: int) -> float:
    """Return how many links a second the service checks and stores."""
    async with open_links(url) as context:
        await _made(context, range(_TOGETHER))
        began = time.perf_counter()
        for first in range(0, number, _TOGETHER):
            await _made(context, range(first, min(first + _TOGETHER, number)))
        return number / (time.perf_counter() - began)


async def _made(context, numbers):
    drafts = [
        drafted(LinkCreation(url=f"{TARGET}{n}"), context=context) for n in numbers
    ]
    outcomes = await carry_out(drafts, context=context)
    assert all(isinstance(one, Done) for one in outcomes), "every link is made"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--links", type=int, default=100_000)
    parser.add_argument("--postgres", action="store_true")
    parser.add_argument("--profile", action="store_true")
    options = parser.parse_args()
