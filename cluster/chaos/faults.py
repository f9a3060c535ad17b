"""What goes wrong: chosen by a seed, carried out on the cluster."""

import asyncio
import os
import random
import signal
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from enum import StrEnum

from cluster.local import Cluster
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


_ANY = (Kind.KILL, Kind.FREEZE)
_OF_APPS = (*Kind.__members__.values(), Kind.KILL)
_ON_THE_WAY_OF_CLICKS = ("app-", "ingest-", "kafka", "postgres")
"""They are hurt twice as often: clicks are lost or doubled by them, if by any."""
_TWO_AT_ONCE = 0.25
_LONG = 0.2
"""How often it is longer than anybody's patience: Kafka's, the database's clients'."""
_SHORT_SECONDS, _LONG_SECONDS = (0.2, 5.0), (9.0, 14.0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """One process, how it is hurt, and for how many seconds."""

    target: str
    kind: Kind
    seconds: float

    def __str__(self) -> str:
        """Return it as it is told."""
        return f"{self.kind} {self.target} ({self.seconds:.1f} s)"


@dataclass(frozen=True, slots=True, kw_only=True)
class Round:
    """What goes wrong at the same time, and how many seconds pass before that."""

    faults: tuple[Fault, ...]
    pause: float

    def __str__(self) -> str:
        """Return it as it is told."""
        return " and ".join(map(str, self.faults))


def rounds(targets: Sequence[str], *, seed: int) -> Iterator[Round]:
    """Yield rounds without end; the same seed yields the same ones.

    Everybody has had a turn before a new deal of turns.
    """
    choice = random.Random(seed)
    turns = [*targets, *(t for t in targets if t.startswith(_ON_THE_WAY_OF_CLICKS))]
    waiting: list[str] = []
    while True:
        count = 2 if choice.random() < _TWO_AT_ONCE else 1
        chosen: list[str] = []
        while len(chosen) < count:
            waiting = waiting or choice.sample(turns, k=len(turns))
            chosen += {waiting.pop()} - set(chosen)
        yield Round(
            faults=tuple(_fault(name, choice) for name in chosen),
            pause=choice.uniform(0.5, 2.5),
        )


def targets_of(cluster: Cluster) -> list[str]:
    """Return the names of all that may be hurt: everything but the front door."""
    nginx = cluster.topology.nginx.name
    return [name for name in cluster.processes if name != nginx]


async def carry_out(fault: Fault, cluster: Cluster) -> None:
    """Hurt a process, wait, and bring it back without waiting until it answers."""
    server = cluster.processes[fault.target]
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
    for layer in cluster.topology.layers():
        for server in layer:
            server.thaw()
            await asyncio.to_thread(server.start)


def _fault(target: str, choice: random.Random) -> Fault:
    kinds = _OF_APPS if target.startswith("app-") else _ANY
    kind = choice.choice(kinds)
    bounds = _LONG_SECONDS if choice.random() < _LONG else _SHORT_SECONDS
    return Fault(target=target, kind=kind, seconds=choice.uniform(*bounds))


def _send(pids: Sequence[int], number: signal.Signals) -> None:
    for pid in pids:
        with suppress(ProcessLookupError):
            os.kill(pid, number)
