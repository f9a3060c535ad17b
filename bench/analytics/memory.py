"""The memory of a server that keeps clicks for reports: all of its processes.

    python -m bench.analytics.memory [CLICKS] [--gentle]

A million clicks (or CLICKS) over a thousand links, with 80,000 user agents and as many
addresses as clicks; gentle are those of 5,000 agents, again and again. Then, once all
are stored, a page of everything. Pss counts a page of memory that processes share once,
in parts; Rss counts it in each of them.
"""

import argparse
import json
import random
import tempfile
import time
import urllib.request
from collections.abc import Iterator
from contextlib import suppress
from itertools import cycle
from pathlib import Path
from typing import Final

from bench.analytics.enrichment import clicks
from bench.database import with_links
from bench.load.walk import request, send
from bench.servers import SERVE, BenchError, Server, waypost
from bench.usage import family
from waypost.domain.clicks import JournaledClick

LINKS: Final = 1_000
_TOKEN: Final = "a token for the bench"
_DRAWN: Final = 50_000
_GENTLE: Final = 62_500
_WAIT_SECONDS: Final = 600
_DIMENSIONS: Final = (
    *("country", "device", "os", "browser"),
    *("language", "referrer", "channel", "utm_source"),
)
_PAGE: Final = (
    "totals",
    "series?interval=day",
    *(f"breakdown?by={dimension}" for dimension in _DIMENSIONS),
)


def varied(chance: random.Random) -> Iterator[JournaledClick]:
    """Yield clicks without end, of which 92 % have an agent that was there before."""
    while True:
        yield from clicks(_DRAWN, chance=chance)


def requests(
    port: int, codes: list[str], drawn: Iterator[JournaledClick], chance: random.Random
) -> Iterator[bytes]:
    """Yield a visit for each click of *drawn*."""
    for journaled in drawn:
        click = journaled.click
        code = codes[int(len(codes) * chance.random() ** 3)]
        query = f"?{click.query.decode()}" if click.query else ""
        yield request(
            port,
            code + query,
            {
                "User-Agent": click.user_agent.decode(),
                "Accept-Language": click.language.decode(),
                "Referer": click.referrer.decode(),
                "X-Forwarded-For": click.address,
            },
        )


def ask(server: Server, report: str) -> bytes:
    """Return the answer to *report* over everything."""
    mark = "&" if "?" in report else "?"
    url = f"{server.url}/api/v1/reports/{report}{mark}period=all"
    asked = urllib.request.Request(url, headers={"Authorization": f"Bearer {_TOKEN}"})
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    with opener.open(asked, timeout=_WAIT_SECONDS) as answer:
        content: bytes = answer.read()
    return content


def wait(server: Server, number: int) -> None:
    """Wait until *number* clicks are stored.

    Raises:
        BenchError: It takes too long.
    """
    deadline = time.monotonic() + _WAIT_SECONDS
    stored = 0
    while stored < number:
        if time.monotonic() > deadline:
            raise BenchError(f"{stored} of {number} clicks are stored.")
        time.sleep(1)
        with suppress(OSError):  # 503: the store is not open yet
            stored = json.loads(ask(server, "totals"))["clicks"]["all"]


def print_usage(server: Server, when: str) -> None:
    """Print what each process of *server* uses, and all of them."""
    total = {"Pss": 0.0, "Rss": 0.0}
    for pid in family(server.pid):
        lines = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()[1:]
        fields = {line.split(":")[0]: int(line.split()[1]) / 1024 for line in lines}
        command = Path(f"/proc/{pid}/cmdline").read_bytes().split(b"\0")
        name = b" ".join(command[1:4]).decode().strip()
        print(f"  {name:40} Pss {fields['Pss']:6.1f} MB, Rss {fields['Rss']:6.1f} MB")
        total = {kind: value + fields[kind] for kind, value in total.items()}
    print(f"{when:42} Pss {total['Pss']:6.1f} MB, Rss {total['Rss']:6.1f} MB")


def main() -> None:
    """Measure once."""
    parser = argparse.ArgumentParser(prog="python -m bench.analytics.memory")
    parser.add_argument("clicks", nargs="?", type=int, default=1_000_000)
    parser.add_argument("--gentle", action="store_true")
    given = parser.parse_args()
    number: int = given.clicks
    chance = random.Random(1)
    drawn = varied(chance)
    if given.gentle:
        drawn = cycle(clicks(_GENTLE, chance=chance))
    with tempfile.TemporaryDirectory() as folder:
        data = Path(folder) / "data"
        codes = with_links(data, number=LINKS)
        with waypost(data, command=("env", f"ADMIN_TOKEN={_TOKEN}", *SERVE)) as server:
            print_usage(server, "started")
            visits = requests(server.port, codes, drawn, chance)
            send(server.port, visits, number=number)
            print_usage(server, f"{number:,} redirects")
            wait(server, number)
            print_usage(server, "all stored")
            for report in _PAGE:
                ask(server, report)
            print_usage(server, "a page of everything")


if __name__ == "__main__":
    main()
