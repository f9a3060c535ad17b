"""What enriching a click costs, by step: `python -m bench.analytics.enrichment`.

Agents, referrers and so on are drawn with a few frequent and many rare ones, so that
92 % of the clicks have a user agent that was seen before. The libraries are loaded
before the clock starts; the caches are empty then.
"""

import argparse
import asyncio
import random
import time
from collections.abc import Sequence
from typing import Final

from prometheus_client import CollectorRegistry

from waypost.adapters.local import SystemClock
from waypost.config import Settings
from waypost.domain.clicks import Click, JournaledClick
from waypost.processes.running.garbage import look_for_garbage_rarely
from waypost.telemetry.metrics import Metrics
from waypost.wiring.analytics.enrichment import open_enricher

SEEN_BEFORE: Final = 0.92
BATCH: Final = 5_000

_CHROME: Final = "AppleWebKit/537.36 (KHTML, like Gecko) Chrome/%d.0.%d.0"
_AGENTS: Final = (
    f"Mozilla/5.0 (Windows NT 10.0; Win64; x64) {_CHROME} Safari/537.36",
    f"Mozilla/5.0 (Linux; Android 10; K) {_CHROME} Mobile Safari/537.36",
    f"Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) {_CHROME} Safari/537.36",
    (
        "Mozilla/5.0 (iPhone; CPU iPhone OS %d_%d like Mac OS X) AppleWebKit/605.1.15 "
        "(KHTML, like Gecko) Version/18.5 Mobile/15E148 Safari/604.1"
    ),
    "Mozilla/5.0 (compatible; Googlebot/%d.%d; +http://www.google.com/bot.html)",
)
_LANGUAGES: Final = (b"de-CH,de;q=0.9,en;q=0.8", b"en-US,en;q=0.5", b"fr", b"")
_REFERRERS: Final = (b"", b"https://www.google.com/", b"https://t.co/x", b"")
_QUERIES: Final = (b"", b"", b"qr", b"utm_source=news&utm_medium=email&utm_campaign=x")


class KnownSalts:
    """Salts without a store."""

    async def salt(self, day: int) -> bytes | None:
        """Return the salt of *day*."""
        return day.to_bytes(32)


def clicks(number: int, *, chance: random.Random) -> list[JournaledClick]:
    """Return clicks, of which `SEEN_BEFORE` have an agent that was there before."""
    agents: list[bytes] = []
    return [
        JournaledClick("j" * 32, 0, sequence, _click(agents, chance))
        for sequence in range(1, number + 1)
    ]


def _click(agents: list[bytes], chance: random.Random) -> Click:
    if not agents or chance.random() > SEEN_BEFORE:
        pattern = chance.choice(_AGENTS)
        agents.append((pattern % (len(agents), chance.randrange(100))).encode())
        agent = agents[-1]
    else:
        agent = agents[int(len(agents) * chance.random() ** 3)]
    network = f"{chance.randrange(1, 224)}.{chance.randrange(256)}"
    return Click(
        time_ns=time.time_ns(),
        code="abc1234",
        link_id=1,
        address=f"{network}.1.{len(agents) % 250}",
        query=chance.choice(_QUERIES),
        host=b"go.example.com",
        user_agent=agent,
        referrer=chance.choice(_REFERRERS),
        language=chance.choice(_LANGUAGES),
        purpose=b"",
        fetch=b"none,navigate,document,?1",
        client_hints=b"",
        privacy=b"",
        sender=b"",
    )


def seconds_by_step(registry: CollectorRegistry) -> dict[str, float]:
    """Return what each step took."""
    return {
        sample.labels["step"]: sample.value
        for family in registry.collect()
        for sample in family.samples
        if sample.name == "waypost_enrichment_seconds_total"
    }


async def measure(batches: Sequence[Sequence[JournaledClick]]) -> None:
    """Enrich all *batches*, and print what it cost."""
    metrics = Metrics()
    began = time.perf_counter()
    enricher = open_enricher(
        Settings(), salts=KnownSalts(), clock=SystemClock(), metrics=metrics
    )
    print(f"loaded in {time.perf_counter() - began:.2f} s")
    number = sum(map(len, batches))
    look_for_garbage_rarely()
    began = time.process_time()
    for batch in batches:
        await enricher.enrich(batch)
    spent = time.process_time() - began
    for step, seconds in seconds_by_step(metrics.registry).items():
        print(f"{step:10} {seconds / number * 1e6:6.2f} µs a click")
    print(f"{'all':10} {spent / number * 1e6:6.2f} µs of the processor a click")


def main() -> None:
    """Measure once."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--clicks", type=int, default=50_000)
    number = parser.parse_args().clicks
    drawn = clicks(number, chance=random.Random(1))
    distinct = len({each.click.user_agent for each in drawn})
    print(f"{number} clicks, {1 - distinct / number:.1%} with an agent seen before")
    batches = [drawn[start : start + BATCH] for start in range(0, number, BATCH)]
    asyncio.run(measure(batches))


if __name__ == "__main__":
    main()
