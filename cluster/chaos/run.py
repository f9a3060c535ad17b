"""The run itself: load, rounds of faults, rest, judgement."""

import asyncio
import time
from collections import Counter
from dataclasses import dataclass

from cluster.chaos.checks import (
    doubtful_tries,
    settled_counts,
    shortened,
    twins,
    wrong_counts,
    wrong_links,
    wrong_statistics,
)
from cluster.chaos.faults import Round, bring_back, carry_out, rounds, targets_of
from cluster.chaos.load import Load
from cluster.chaos.score import Score
from cluster.chaos.witness import duplicates_seen
from cluster.local import Cluster
from cluster.supervision import Report

_SETTLE_SECONDS = 180.0
_WARM_UP_SECONDS = 2.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """When it ends, whichever comes first, and how much is asked for meanwhile."""

    rounds: int | None
    seconds: float | None
    rate: float
    """Requests a second at most."""


async def run_chaos(
    cluster: Cluster, *, limits: Limits, seed: int, report: Report
) -> list[str]:
    """Hurt the running *cluster* under load; return which promises were broken.

    Raises:
        ServerFailedError: Something does not come back at the end.
    """
    score = Score()
    port = cluster.topology.nginx.port
    load = Load(port=port, rate=limits.rate, seed=seed, score=score)
    await load.start()
    async with duplicates_seen(cluster.topology.ingests) as duplicates:
        await asyncio.sleep(_WARM_UP_SECONDS)
        try:
            await _hurt(cluster, limits, seed, score, report)
        finally:
            await load.stop()
        report("Bringing everything back.")
        await bring_back(cluster)
        wrong = await _judge(cluster, score, report)
    report(f"clicks that came again and were recognised: {duplicates.total}, or more")
    return wrong


async def _hurt(
    cluster: Cluster, limits: Limits, seed: int, score: Score, report: Report
) -> None:
    end = time.monotonic() + limits.seconds if limits.seconds else None
    hurt: Counter[str] = Counter()
    plan = rounds(targets_of(cluster), seed=seed)
    for number, one in enumerate(plan, 1):
        if (limits.rounds and number > limits.rounds) or (
            end and time.monotonic() > end
        ):
            break
        await _carry_out(one, cluster)
        hurt.update(fault.target for fault in one.faults)
        report(f"round {number:3}: {one}; {_short(score)}")
    told = ", ".join(f"{name} {count}" for name, count in sorted(hurt.items()))
    report(f"{hurt.total()} faults: {told}")


async def _carry_out(one: Round, cluster: Cluster) -> None:
    await asyncio.sleep(one.pause)
    async with asyncio.TaskGroup() as group:
        for fault in one.faults:
            group.create_task(carry_out(fault, cluster))


async def _judge(cluster: Cluster, score: Score, report: Report) -> list[str]:
    database = cluster.topology.settings["DATABASE_URL"]
    report("Waiting until everything is counted.")
    counts = await settled_counts(
        database, at_least=score.answered, seconds=_SETTLE_SECONDS
    )
    doubtful = doubtful_tries(cluster.topology.nginx.tries)
    counted = sum(counts.get(code, 0) for code in score.promised)
    report(score.summary())
    report(
        f"clicks: {score.answered.total()} answered, {counted} counted, "
        f"{score.in_doubt.total() + doubtful.total()} in doubt"
    )
    report(f"Following all {len(score.promised):,} links once more.")
    wrong = [
        *score.wrong,
        *wrong_counts(counts, score, doubtful),
        *wrong_statistics(score, doubtful),
        *await twins(database),
        *await wrong_links(cluster.topology.nginx.port, score),
    ]
    if wrong:
        report(f"{len(wrong)} promises broken:\n{shortened(wrong)}")
    return wrong


def _short(score: Score) -> str:
    return (
        f"{score.answered.total()} clicks, {len(score.promised)} creates, "
        f"{score.refused.total()} refused"
    )
