"""The doctor's checks of the Redis servers that the settings name."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from waypost.cli.doctor.findings import Check, Status
from waypost.cli.doctor.provenance import masked_url
from waypost.cli.errors import error_text
from waypost.config import Settings
from waypost.domain.errors import BackendUnavailable
from waypost.wiring.offline.servers import ask_plain_counter, ask_redis
from waypost.wiring.topology import topology_of

if TYPE_CHECKING:
    from waypost.wiring.offline.servers import RedisState


@dataclass(frozen=True, slots=True, kw_only=True)
class Node:
    """One server, and what the settings need it for."""

    name: str
    setting: str
    url: str
    is_replica: bool = False
    keeps_clicks: bool = False
    """Whether clicks are to wait there while Kafka is away."""
    keeps_ids: bool = False
    """Whether keygen keeps its blocks of ids there."""


def named_nodes(settings: Settings) -> list[Node]:
    """Return every server that *settings* name."""
    nodes = [
        Node(
            name="Redis",
            setting="REDIS_URL",
            url=settings.REDIS_URL,
            keeps_clicks=topology_of(settings).has_kafka,
        ),
        Node(
            name="Redis replica",
            setting="REDIS_REPLICA_URL",
            url=settings.REDIS_REPLICA_URL,
            is_replica=settings.REDIS_REPLICA_URL != settings.REDIS_URL,
        ),
        Node(
            name="keygen's first Redis",
            setting="KEYGEN_PRIMARY_REDIS_URL",
            url=settings.KEYGEN_PRIMARY_REDIS_URL,
            keeps_ids=True,
        ),
        Node(
            name="keygen's second Redis",
            setting="KEYGEN_SECONDARY_REDIS_URL",
            url=settings.KEYGEN_SECONDARY_REDIS_URL,
            keeps_ids=True,
        ),
    ]
    return [node for node in nodes if node.url]


async def check_node(node: Node, *, ids_key: str) -> Check:
    """Check whether *node* answers, and is what the settings take it for.

    *ids_key* is where keygen keeps its ids.
    """
    try:
        state = await ask_redis(node.url)
        counter = None
        if node.keeps_ids:
            counter = await ask_plain_counter(node.url, key=ids_key)
    except BackendUnavailable as error:
        return Check(
            name=node.name,
            status=Status.PROBLEM,
            finding=f"{masked_url(node.url)} does not answer ({_reason(error)}).",
            remedy=f"Start it, or correct {node.setting}.",
        )
    status, finding, remedy = _judge(node, state)
    if status is Status.OK and counter is not None:
        status = Status.WARNING
        finding = (
            f"counts ids for another program, up to {counter:,}. Keygen takes that "
            "over, and goes on above it."
        )
        remedy = "Stop that program, and start `waypost run keygen`."
    return Check(
        name=node.name,
        status=status,
        finding=f"{masked_url(node.url)} {finding}",
        remedy=remedy,
    )


def _reason(error: BackendUnavailable) -> str:
    """Return the reason from the system or the server, without the driver's words."""
    inner = error.__cause__
    while inner is not None:
        if isinstance(inner, OSError) and (why := error_text(inner)):
            return why
        text, inner = str(inner), inner.__cause__ or inner.__context__
        if inner is None and text:
            return text.removesuffix(".")
    return "no answer in time"


def _judge(node: Node, state: RedisState) -> tuple[Status, str, str]:
    if state.is_too_old:
        finding = f"is version {state.version}, and 6.2 is needed."
        return Status.PROBLEM, finding, "Upgrade it."
    if state.is_replica != node.is_replica:
        return _wrong_role(node)
    if not state.primary_answers:
        finding = "has lost its primary, so that its data may be out of date."
        return Status.WARNING, finding, "Check the primary and its log."
    if node.keeps_clicks and (state.forgets or state.evicts):
        return _unfit_for_clicks(state)
    if node.keeps_ids and state.evicts:
        finding = (
            "answers, but deletes keys when its memory is full: ids stay unique, and "
            "each time up to a million of them are skipped."
        )
        return Status.NOTE, finding, "Set `maxmemory-policy noeviction` there."
    return Status.OK, f"answers, version {state.version}.", ""


def _unfit_for_clicks(state: RedisState) -> tuple[Status, str, str]:
    faults, remedies = [], []
    if state.forgets:
        faults.append("may lose clicks when it is killed, by what it reports")
        remedies += ["`appendonly yes`", "`appendfsync always`"]
    if state.evicts:
        faults.append("deletes keys when its memory is full")
        remedies.append("`maxmemory-policy noeviction`")
    finding = (
        f"answers, but {' and '.join(faults)}: while Kafka is away, clicks wait in the "
        "journals instead."
    )
    remedy = f"Set {', '.join(remedies)} there, and permit the command CONFIG GET."
    return Status.WARNING, finding, remedy


def _wrong_role(node: Node) -> tuple[Status, str, str]:
    if node.is_replica:
        finding = "is not a replica: what is put into the cache does not get there."
        return Status.WARNING, finding, f"Take {node.setting} out of the settings."
    finding = "is a replica, which takes no writes."
    return Status.PROBLEM, finding, f"Set {node.setting} to its primary."
