"""Whether every promise was kept, once the cluster has come to rest."""

import asyncio
import time
from collections import Counter
from collections.abc import Mapping
from pathlib import Path

import asyncpg

from cluster.chaos.client import Client
from cluster.chaos.score import Score

_COUNTS = """
    SELECT links.code, coalesce(click_counts.clicks, 0)
    FROM links LEFT JOIN click_counts ON click_counts.link_id = links.id
"""
_TWINS = "SELECT code FROM links GROUP BY domain, code HAVING count(*) > 1"
_ANSWERED_BY_NGINX = frozenset({"502", "504"})
_POLL_SECONDS = 0.5
_STILL_SECONDS = 6.0
"""How long counts must not have changed: longer than any retry of a delivery."""
_SHOWN = 20


async def settled_counts(
    database_url: str, *, at_least: Mapping[str, int], seconds: float
) -> dict[str, int]:
    """Return the clicks of every code once they do not change any more.

    It waits *seconds* at most for the counts of *at_least* to be reached.
    """
    deadline = time.monotonic() + seconds
    counts, changed_at = await _counts(database_url), time.monotonic()
    while True:
        await asyncio.sleep(_POLL_SECONDS)
        before, counts = counts, await _counts(database_url)
        if counts != before:
            changed_at = time.monotonic()
        still = time.monotonic() - changed_at > _STILL_SECONDS
        reached = all(counts.get(code, 0) >= n for code, n in at_least.items())
        if still and (reached or time.monotonic() > deadline):
            return counts


def wrong_counts(
    counts: Mapping[str, int], score: Score, doubtful: Mapping[str, int]
) -> list[str]:
    """Return what is wrong with *counts*, a sentence each.

    *doubtful* are clicks, by code, that an app may have recorded without answering.
    """
    wrong = []
    for code in score.promised:
        answered, counted = score.answered[code], counts.get(code, 0)
        most = answered + score.in_doubt[code] + doubtful.get(code, 0)
        if counted < answered:
            wrong.append(f"/{code}: {answered} answered, {counted} counted: LOST.")
        elif counted > most:
            wrong.append(f"/{code}: {most} at most, {counted} counted: COUNTED TWICE.")
    return wrong


def wrong_statistics(score: Score, doubtful: Mapping[str, int]) -> list[str]:
    """Return which statistics were above the truth, a sentence each.

    *doubtful* are clicks, by code, that an app may have recorded without answering:
    a proxy sent them a second time.
    """
    return [
        f"/api/stats/{code}: {excess} above all that was sent: ABOVE THE TRUTH."
        for code, excess in score.excess.items()
        if excess > doubtful.get(code, 0)
    ]


async def wrong_links(port: int, score: Score) -> list[str]:
    """Return which acknowledged creates do not lead where they should."""
    wrong = []
    async with Client(port) as client:
        for code, target in score.promised.items():
            answer = await client.request("HEAD", f"/{code}")
            if (answer.status, answer.location) != (307, target):
                wrong.append(f"/{code} leads to {answer.status} {answer.location!r}.")
    return wrong


async def twins(database_url: str) -> list[str]:
    """Return the codes that two links have."""
    rows = await _query(database_url, _TWINS)
    return [f"The code {code} belongs to two links." for (code,) in rows]


def doubtful_tries(log: Path) -> Counter[str]:
    """Return how often, by code, an app may have counted a click and not answered.

    Each line of nginx's log has the request and its status, and for each try whether a
    connection was made and what was answered. A try is harmless if there was no
    connection, if it was refused with 503, or if it is the one that was answered.
    """
    doubtful: Counter[str] = Counter()
    for line in log.read_text().splitlines() if log.exists() else ():
        request, connected, answers = line.split("|")
        method, path, status = request.split(" ")
        if method != "GET":
            continue
        tries = list(zip(connected.split(", "), answers.split(", "), strict=True))
        if status not in _ANSWERED_BY_NGINX:
            tries.pop()
        doubtful[path.removeprefix("/")] += sum(
            connection != "-" and answer != "503" for connection, answer in tries
        )
    return +doubtful


def shortened(wrong: list[str]) -> str:
    """Return *wrong* as lines, not more than a person reads."""
    lines = [f"  {one}" for one in wrong[:_SHOWN]]
    if len(wrong) > _SHOWN:
        lines.append(f"  and {len(wrong) - _SHOWN} more")
    return "\n".join(lines)


async def _counts(database_url: str) -> dict[str, int]:
    rows = await _query(database_url, _COUNTS)
    return {code: int(clicks) for code, clicks in rows}


async def _query(database_url: str, statement: str) -> list[tuple[str, ...]]:
    connection = await asyncpg.connect(database_url, timeout=10)
    try:
        return [tuple(row) for row in await connection.fetch(statement)]
    finally:
        await connection.close()
