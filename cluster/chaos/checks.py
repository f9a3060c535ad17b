"""Whether every promise was kept, once the cluster has come to rest."""

import asyncio
import json
import sys
import time
from collections import Counter
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import NamedTuple

import asyncpg

from cluster.chaos.client import Client
from cluster.chaos.score import Score
from cluster.servers.waypost import clean_environment
from waypost.domain.clicks import lane_of

_COUNTS = """
    SELECT links.code, coalesce(click_counts.clicks, 0)
    FROM links LEFT JOIN click_counts ON click_counts.link_id = links.id
"""
_MISSING = """
    SELECT lane, sum(last_sequence - first_sequence + 1)
    FROM missing_clicks WHERE confirmed_at IS NOT NULL GROUP BY lane
"""
_TWINS = "SELECT code FROM links GROUP BY domain, code HAVING count(*) > 1"
_ANSWERED_BY_NGINX = frozenset({"502", "504"})
_POLL_SECONDS = 0.5
_STILL_SECONDS = 6.0
"""How long counts must not have changed: longer than any retry of a delivery."""
_SHOWN = 20


class Tally(NamedTuple):
    """What the database says of clicks."""

    counts: Mapping[str, int]
    """Counted clicks by code."""
    missing: Mapping[int, int]
    """Clicks that are reported as missing, by lane."""


async def settled(
    database_url: str, *, complete: Callable[[Tally], bool], seconds: float
) -> Tally:
    """Return the tally once it does not change any more.

    It waits *seconds* at most for *complete* to hold.
    """
    deadline = time.monotonic() + seconds
    tally, changed_at = await _tally(database_url), time.monotonic()
    while True:
        await asyncio.sleep(_POLL_SECONDS)
        before, tally = tally, await _tally(database_url)
        if tally != before:
            changed_at = time.monotonic()
        still = time.monotonic() - changed_at > _STILL_SECONDS
        if still and (complete(tally) or time.monotonic() > deadline):
            return tally


def wrong_counts(tally: Tally, score: Score, doubtful: Mapping[str, int]) -> list[str]:
    """Return what is wrong with *tally*, a sentence each.

    *doubtful* are clicks, by code, that an app may have recorded without answering. A
    click may be lost only if it is reported as missing, which is known by lane.
    """
    wrong = []
    lost: Counter[int] = Counter()
    possible: Counter[int] = Counter()
    for code in score.promised:
        answered, counted = score.answered[code], tally.counts.get(code, 0)
        most = answered + score.in_doubt[code] + doubtful.get(code, 0)
        lane = lane_of(code)
        lost[lane] += max(0, answered - counted)
        possible[lane] += most - counted
        if counted < answered and not tally.missing.get(lane):
            wrong.append(f"/{code}: {answered} answered, {counted} counted: LOST.")
        elif counted > most:
            wrong.append(f"/{code}: {most} at most, {counted} counted: COUNTED TWICE.")
    for lane, missing in sorted(tally.missing.items()):
        if not lost[lane] <= missing <= possible[lane]:
            wrong.append(
                f"Lane {lane}: {missing} clicks reported as missing, and at least "
                f"{lost[lane]} and at most {possible[lane]} are."
            )
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
        for code, link in score.promised.items():
            asked = datetime.now(UTC)
            answer = await client.request("HEAD", f"/{code}{link.query}")
            if not link.allows(answer, asked=asked, answered=datetime.now(UTC)):
                wrong.append(
                    f"/{code} with {link.options} leads to {answer.status} "
                    f"{answer.location!r}."
                )
    return wrong


class Reported(NamedTuple):
    """What reports say of clicks."""

    counts: Mapping[str, int]
    """Clicks by code, of the thousand links with the most."""
    total: int
    """Clicks of all links."""


async def reported(port: int, token: str, *, seconds: float) -> Reported | None:
    """Return how many clicks reports know, once they are at rest.

    None: they were not answered within *seconds*.
    """
    deadline = time.monotonic() + seconds
    changed_at, now = time.monotonic(), None
    while time.monotonic() < deadline:
        before, now = now, await _reported(port, token)
        if now != before:
            changed_at = time.monotonic()
        elif now is not None and time.monotonic() - changed_at > _STILL_SECONDS:
            return now
        await asyncio.sleep(_POLL_SECONDS)
    return now


async def _reported(port: int, token: str) -> Reported | None:
    path = "/api/v1/reports/breakdown?period=all&by=link&limit=1000"
    async with Client(port) as client:
        answer = await client.request("GET", path, token=token)
    if answer.status != 200:
        return None
    report = json.loads(answer.body)
    counts = {row["value"]: row["clicks"]["all"] for row in report["data"]}
    others = report["other"]["clicks"]["all"] if report["other"] else 0
    return Reported(counts, sum(counts.values()) + others)


async def not_stored(settings: Mapping[str, str], *, folder: Path) -> int | None:
    """Return how many counted clicks the product says are not stored for reports.

    None: it does not say.
    """
    data = folder / "verify"
    data.mkdir(exist_ok=True)
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "waypost", "analytics", "verify", "--json"),
        env={**clean_environment(), **settings, "DATA_DIR": str(data)},
        stdout=asyncio.subprocess.PIPE,
    )
    output, _ = await process.communicate()
    if process.returncode:
        return None
    lacking: int = json.loads(output)["counts"]["clicks_not_stored"]
    return lacking


def wrong_reports(
    found: Reported | None, score: Score, doubtful: Mapping[str, int]
) -> list[str]:
    """Return which links have more clicks in reports than there were."""
    if found is None:
        return ["Reports are not answered."]
    wrong = []
    for code, clicks in found.counts.items():
        most = score.answered[code] + score.in_doubt[code] + doubtful.get(code, 0)
        if code in score.promised and clicks > most:
            wrong.append(f"/{code}: {most} at most, {clicks} in reports: ABOVE.")
    return wrong


def silent_losses(
    tally: Tally, found: Reported | None, lacking: int | None
) -> list[str]:
    """Return whether more is missing in reports than the product says.

    *lacking* is what it said before *found* was read.
    """
    if found is None or lacking is None:
        return ["It is not known which clicks are missing in reports."]
    counted = sum(tally.counts.values())
    if found.total + lacking >= counted:
        return []
    shown = f"{found.total} are in reports, {lacking} are said to be missing there"
    return [f"{counted} clicks are counted, {shown}."]


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
        doubtful[path.removeprefix("/").partition("?")[0]] += sum(
            connection != "-" and answer != "503" for connection, answer in tries
        )
    return +doubtful


def shortened(wrong: list[str]) -> str:
    """Return *wrong* as lines, not more than a person reads."""
    lines = [f"  {one}" for one in wrong[:_SHOWN]]
    if len(wrong) > _SHOWN:
        lines.append(f"  and {len(wrong) - _SHOWN} more")
    return "\n".join(lines)


async def _tally(database_url: str) -> Tally:
    counts = await _query(database_url, _COUNTS)
    missing = await _query(database_url, _MISSING)
    return Tally(
        counts={code: int(clicks) for code, clicks in counts},
        missing={int(lane): int(clicks) for lane, clicks in missing},
    )


async def _query(database_url: str, statement: str) -> list[tuple[str, ...]]:
    connection = await asyncpg.connect(database_url, timeout=10)
    try:
        return [tuple(row) for row in await connection.fetch(statement)]
    finally:
        await connection.close()
