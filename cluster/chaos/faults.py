"""What goes wrong: chosen by a seed, carried out on the cluster."""

import asyncio
import os
import random
import signal
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from enum import StrEnum
from typing import NamedTuple

from cluster.chaos.copies import Copies
from cluster.chaos.losses import delete_records, evicting, frozen
from cluster.local import Cluster
from cluster.servers.server import Server
from cluster.servers.waypost import WaypostProcess


class Kind(StrEnum):
    """How a process is hurt."""

    KILL = "kill -9"
    """It and its children end, and it is started again later."""
    FREEZE = "freeze"
    """It and its children hang for a while."""
    KILL_ALONE = "kill -9 the parent of"
    """It ends and its children do not; it is started again at once."""
    KILL_CHILDREN = "kill -9 the forwarder of"
    """Its children end; it is its own business to start them again."""
    FREEZE_CHILDREN = "freeze the forwarder of"
    """Its children hang for a while."""
    CLONE = "clone the data folder of"
    """It is killed; later it runs on, and another process on a copy of its folder."""
    RESTORE = "restore an older data folder of"
    """It is killed and runs on with an older folder; another process has its own."""
    EVICT = "kafka hangs, evict keys of"
    """Redis deletes what is used least, while clicks would wait there."""
    DELETE = "delete unread records of"
    """The ingest workers hang meanwhile."""


TOPIC = "click_events"
_ANY = (Kind.KILL, Kind.FREEZE)
_OF_APPS = (
    *(Kind.KILL, Kind.KILL, Kind.FREEZE),
    *(Kind.KILL_ALONE, Kind.KILL_CHILDREN, Kind.FREEZE_CHILDREN),
)
_BESIDES = {
    "app": (Kind.CLONE, Kind.RESTORE),
    "redis": (Kind.EVICT,),
    "kafka": (Kind.DELETE,),
}
"""Faults with a turn of their own, so that no round of turns is without them."""
_ON_THE_WAY_OF_CLICKS = ("app-", "ingest-", "kafka", "postgres")
"""Servers that get twice as many faults: they could lose or double clicks."""
_TWO_AT_ONCE = 0.25
_LONG = 0.2
"""How often it is longer than every timeout: Kafka's, the database's clients'."""
_SHORT_SECONDS, _LONG_SECONDS = (0.2, 5.0), (9.0, 14.0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """One process, how it is hurt, and for how many seconds."""

    target: str
    kind: Kind
    seconds: float

    def __str__(self) -> str:
        """Return it as a sentence."""
        return f"{self.kind} {self.target} ({self.seconds:.1f} s)"


@dataclass(frozen=True, slots=True, kw_only=True)
class Round:
    """What goes wrong at the same time, and how many seconds pass before that."""

    faults: tuple[Fault, ...]
    pause: float

    def __str__(self) -> str:
        """Return it as a sentence."""
        return " and ".join(map(str, self.faults))


class _Turn(NamedTuple):
    """A place in a round of turns: a server, and its possible faults."""

    target: str
    kinds: tuple[Kind, ...]


def rounds(targets: Sequence[str], *, seed: int) -> Iterator[Round]:
    """Yield rounds without end; the same seed yields the same ones.

    Every target has had a turn before the turns are dealt anew.
    """
    choice = random.Random(seed)
    turns = [turn for target in targets for turn in _turns_of(target)]
    waiting: list[_Turn] = []
    while True:
        count = 2 if choice.random() < _TWO_AT_ONCE else 1
        chosen: dict[str, _Turn] = {}
        for _ in range(count):
            waiting = waiting or choice.sample(turns, k=len(turns))
            if waiting[-1].target in chosen:
                break  # its turn is in the next round
            turn = waiting.pop()
            chosen[turn.target] = turn
        yield Round(
            faults=tuple(_fault(turn, choice) for turn in chosen.values()),
            pause=choice.uniform(0.5, 2.5),
        )


def _turns_of(target: str) -> Iterator[_Turn]:
    role = target.partition("-")[0] if target.startswith("app-") else target
    kinds = _OF_APPS if role == "app" else _ANY
    yield _Turn(target, kinds)
    if target.startswith(_ON_THE_WAY_OF_CLICKS):
        yield _Turn(target, kinds)
    if role in _BESIDES:
        yield _Turn(target, _BESIDES[role])


def targets_of(cluster: Cluster) -> list[str]:
    """Return the names of all that may be hurt: everything but the front door."""
    nginx = cluster.topology.nginx.name
    return [name for name in cluster.processes if name != nginx]


async def carry_out(fault: Fault, cluster: Cluster, copies: Copies) -> None:
    """Hurt a process, wait, and bring it back without waiting until it answers."""
    match fault.kind:
        case Kind.CLONE | Kind.RESTORE:
            await _copy(fault, cluster, copies)
        case Kind.EVICT:
            await _evict(fault, cluster)
        case Kind.DELETE:
            await _delete(fault, cluster)
        case _:
            await _hurt(fault, cluster.processes[fault.target])


async def _hurt(fault: Fault, server: Server) -> None:
    match fault.kind:
        case Kind.KILL:
            await asyncio.to_thread(server.kill)
            await asyncio.sleep(fault.seconds)
            await asyncio.to_thread(server.launch)
        case Kind.FREEZE:
            await asyncio.to_thread(server.freeze)
            await asyncio.sleep(fault.seconds)
            await asyncio.to_thread(server.thaw)
        case Kind.KILL_ALONE:
            if server.is_running and server.pid is not None:
                _send([server.pid], signal.SIGKILL)
            await asyncio.sleep(fault.seconds)
        case Kind.KILL_CHILDREN | Kind.FREEZE_CHILDREN:
            assert isinstance(server, WaypostProcess), "only apps have a forwarder"
            children = server.children
            kills = fault.kind == Kind.KILL_CHILDREN
            _send(children, signal.SIGKILL if kills else signal.SIGSTOP)
            await asyncio.sleep(fault.seconds)
            _send(children, signal.SIGCONT)


async def bring_back(cluster: Cluster) -> None:
    """Start everything that is down, in order, and wait until all of it answers.

    Raises:
        ServerFailedError: Something does not come back.
    """
    for layer in cluster.layers():
        for server in layer:
            server.thaw()
            await asyncio.to_thread(server.start)


async def _copy(fault: Fault, cluster: Cluster, copies: Copies) -> None:
    """Start a process on a copy, and *seconds* later the one that was killed."""
    app = cluster.processes[fault.target]
    assert isinstance(app, WaypostProcess), "only apps have a data folder"
    make = copies.clone if fault.kind is Kind.CLONE else copies.restore
    copy = await asyncio.to_thread(make, app)
    if copy is not None:
        await copies.launch(copy)
    await asyncio.sleep(fault.seconds)
    await asyncio.to_thread(app.launch)


async def _evict(fault: Fault, cluster: Cluster) -> None:
    backends = cluster.topology.backends
    with frozen([backends.kafka]), evicting(backends.redis):
        await asyncio.sleep(fault.seconds)


async def _delete(fault: Fault, cluster: Cluster) -> None:
    topology = cluster.topology
    with frozen(topology.ingests):
        await asyncio.sleep(fault.seconds)
        await asyncio.to_thread(delete_records, topology.backends.kafka, TOPIC)


def _fault(turn: _Turn, choice: random.Random) -> Fault:
    kind = choice.choice(turn.kinds)
    bounds = _LONG_SECONDS if choice.random() < _LONG else _SHORT_SECONDS
    return Fault(target=turn.target, kind=kind, seconds=choice.uniform(*bounds))


def _send(pids: Sequence[int], number: signal.Signals) -> None:
    for pid in pids:
        with suppress(ProcessLookupError):
            os.kill(pid, number)
