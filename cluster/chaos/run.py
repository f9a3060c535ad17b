"""The run itself: load, rounds of faults, rest, judgement."""

import asyncio
import time
from collections import Counter
from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass
from functools import partial

from cluster.chaos.checks import (
    doubtful_tries,
    not_stored,
    reported,
    settled,
    shortened,
    silent_losses,
    twins,
    wrong_counts,
    wrong_links,
    wrong_reports,
    wrong_statistics,
)
from cluster.chaos.copies import Copies
from cluster.chaos.faults import Round, bring_back, carry_out, rounds, targets_of
from cluster.chaos.load import Load
from cluster.chaos.score import Score
from cluster.chaos.witness import duplicates_seen
from cluster.local import Cluster
from cluster.supervision import Report

_GAP_SECONDS = 20.0
SETTINGS = {"CLICK_GAP_SECONDS": str(_GAP_SECONDS)}
"""What the cluster of a run is set up with besides the usual."""
_SETTLE_SECONDS = 180.0
_WARM_UP_SECONDS = 2.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """When it ends, by time or number, and how much load there is meanwhile."""

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
    port, token = cluster.topology.nginx.port, cluster.admin_token
    load = Load(port=port, token=token, rate=limits.rate, seed=seed, score=score)
    copies = Copies(cluster, on_new=load.visit)
    plan = rounds(targets_of(cluster), seed=seed)
    act = partial(_carry_out, cluster=cluster, copies=copies)
    await load.start()
    async with duplicates_seen(cluster.topology.ingests) as duplicates:
        await asyncio.sleep(_WARM_UP_SECONDS)
        try:
            await _hurt(plan, act, limits, score, report)
        finally:
            await load.stop()
        report("Bringing everything back.")
        await bring_back(cluster)
        wrong = await _judge(cluster, score, report)
    report(f"clicks that came again and were recognised: {duplicates.total}, or more")
    return wrong


async def _hurt(
    plan: Iterable[Round],
    act: Callable[[Round], Awaitable[None]],
    limits: Limits,
    score: Score,
    report: Report,
) -> None:
    end = time.monotonic() + limits.seconds if limits.seconds else None
    hurt: Counter[str] = Counter()
    for number, one in enumerate(plan, 1):
        if (limits.rounds and number > limits.rounds) or (
            end and time.monotonic() > end
        ):
            break
        await act(one)
        hurt.update(fault.target for fault in one.faults)
        report(f"round {number:3}: {one}; {_short(score)}")
    by_name = ", ".join(f"{name} {count}" for name, count in sorted(hurt.items()))
    report(f"{hurt.total()} faults: {by_name}")


async def _carry_out(one: Round, *, cluster: Cluster, copies: Copies) -> None:
    await asyncio.sleep(one.pause)
    async with asyncio.TaskGroup() as group:
        for fault in one.faults:
            group.create_task(carry_out(fault, cluster, copies))


async def _judge(cluster: Cluster, score: Score, report: Report) -> list[str]:
    database = cluster.topology.settings["DATABASE_URL"]
    report("Waiting until everything is counted.")
    doubtful = doubtful_tries(cluster.topology.nginx.tries)
    tally = await settled(
        database,
        complete=lambda tally: not wrong_counts(tally, score, doubtful),
        seconds=_SETTLE_SECONDS,
    )
    counted = sum(tally.counts.get(code, 0) for code in score.promised)
    report(score.summary())
    report(
        f"clicks: {score.answered.total()} answered, {counted} counted, "
        f"{sum(tally.missing.values())} reported missing, "
        f"{score.in_doubt.total() + doubtful.total()} in doubt"
    )
    port, token = cluster.topology.nginx.port, cluster.admin_token
    await reported(port, token, seconds=_SETTLE_SECONDS)
    lacking = await not_stored(cluster.topology.settings, folder=cluster.folder)
    found = await reported(port, token, seconds=_SETTLE_SECONDS)
    report(
        f"reports: {found.total if found else 'no'} clicks of "
        f"{sum(tally.counts.values())} that are counted; "
        f"`waypost analytics verify`: {lacking} not stored"
    )
    report(f"Following all {len(score.promised):,} links once more.")
    optioned = sum(bool(link.options) for link in score.promised.values())
    report(f"{optioned:,} of them have options, of every kind.")
    wrong = [
        *score.wrong,
        *wrong_counts(tally, score, doubtful),
        *wrong_statistics(score, doubtful),
        *wrong_reports(found, score, doubtful),
        *silent_losses(tally, found, lacking),
        *await twins(database),
        *await wrong_links(port, score),
    ]
    if wrong:
        report(f"{len(wrong)} promises broken:\n{shortened(wrong)}")
    return wrong


def _short(score: Score) -> str:
    return (
        f"{score.answered.total()} clicks, {len(score.promised)} creates, "
        f"{score.refused.total()} refused"
    )
