"""The doctor's checks of the servers that the settings name.

Servers that are not configured are not checked. All are called at the same time, with
a short deadline.
"""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from typing import TYPE_CHECKING, Final

from waypost.cli.doctor.analytics.clickhouse import check_clickhouse
from waypost.cli.doctor.findings import Check, Status
from waypost.cli.doctor.provenance import masked_url
from waypost.cli.doctor.redis import check_node, named_nodes
from waypost.cli.output import plural
from waypost.config import Settings, SettingsError
from waypost.domain.errors import BackendUnavailable
from waypost.wiring.drivers import CLICKHOUSE, KAFKA, REDIS, Driver, drivers_of
from waypost.wiring.offline.servers import ask_kafka, ask_keygen
from waypost.wiring.parts.ids import keygen_urls
from waypost.wiring.requirements import check_combination
from waypost.wiring.topology import topology_of

if TYPE_CHECKING:
    from waypost.wiring.offline.servers import KafkaState

_SHORTEST_RETENTION_SECONDS: Final = 86_400
"""Below that, clicks are lost if an outage is repaired only the next day."""
_WAITING: Final = "Clicks wait in Redis or in the journals."


def check_settings(settings: Settings) -> list[Check]:
    """Check whether the settings fit together; return nothing if they do."""
    try:
        check_combination(settings)
    except SettingsError as refused:
        finding = "No server starts with these settings."
        return [_problem("settings", finding, str(refused))]
    return []


def check_backends(settings: Settings) -> list[Check]:
    """Check every server that the settings name, except the database."""
    missing = [driver for driver in drivers_of(settings) if driver.is_missing]
    # The check of the database reports a missing driver of its own.
    absent = [
        _problem(driver.server, driver.lack, driver.remedy)
        for driver in missing
        if driver in {REDIS, KAFKA, CLICKHOUSE}
    ]
    return absent + asyncio.run(_ask(settings, missing))


async def _ask(settings: Settings, missing: list[Driver]) -> list[Check]:
    questions: list[Coroutine[None, None, Check]] = []
    if REDIS not in missing:
        key = settings.ID_ALLOCATOR_KEY
        questions += [check_node(node, ids_key=key) for node in named_nodes(settings)]
    if topology_of(settings).has_kafka and KAFKA not in missing:
        questions.append(_check_kafka(settings))
    if settings.CLICKHOUSE_URL and CLICKHOUSE not in missing:
        questions.append(check_clickhouse(settings))
    questions += map(_check_keygen, keygen_urls(settings))
    return await asyncio.gather(*questions)


async def _check_kafka(settings: Settings) -> Check:
    servers = settings.KAFKA_BOOTSTRAP_SERVERS
    try:
        state = await ask_kafka(settings)
    except BackendUnavailable:
        return _problem(
            KAFKA.server,
            f"{servers} does not answer. {_WAITING}",
            "Start it, or correct KAFKA_BOOTSTRAP_SERVERS or KAFKA_SECURITY_PROTOCOL.",
        )
    if state.refusal is not None:
        finding = f"{servers} {state.refusal.finding} {_WAITING}"
        return _problem(KAFKA.server, finding, state.refusal.remedy)
    return _judge_kafka(state, settings)


def _judge_kafka(state: KafkaState, settings: Settings) -> Check:
    answers = f"{plural(state.brokers, 'broker')} answer{'s'[: state.brokers == 1]}"
    topic = settings.KAFKA_CLICK_TOPIC
    if state.partitions == 0:
        wanted = plural(settings.KAFKA_CLICK_PARTITIONS, "partition")
        return Check(
            name=KAFKA.server,
            status=Status.NOTE,
            finding=f"{answers}; the topic {topic} will be made with {wanted}.",
        )
    has = f"{answers}; the topic {topic} has {plural(state.partitions, 'partition')}"
    if state.compacts:
        return Check(
            name=KAFKA.server,
            status=Status.PROBLEM,
            finding=f"{has}, and keeps only the last click on each link.",
            remedy="Set `cleanup.policy=delete` of that topic.",
        )
    if state.retention_seconds < _SHORTEST_RETENTION_SECONDS:
        hours = state.retention_seconds / 3_600
        return Check(
            name=KAFKA.server,
            status=Status.WARNING,
            finding=f"{has}, and deletes clicks after {hours:.2g} hours, counted or "
            "not.",
            remedy="Set `retention.ms` of that topic to a day or more: longer than "
            "ingest may be away.",
        )
    return Check(name=KAFKA.server, status=Status.OK, finding=f"{has}.")


async def _check_keygen(url: str) -> Check:
    name, shown = "keygen", masked_url(url)
    try:
        is_well = await ask_keygen(url)
    except BackendUnavailable:
        return _problem(
            name,
            f"{shown} does not answer as a keygen service does. Ids come from the "
            "others, or from the database.",
            "Start it with `waypost run keygen`, or correct KEYGEN_SERVICE_URL.",
        )
    if is_well:
        return Check(name=name, status=Status.OK, finding=f"{shown} is healthy.")
    finding = f"{shown} answers, but its database or its Redis nodes do not."
    return _problem(name, finding, "Run `waypost doctor` with its own settings.")


def _problem(name: str, finding: str, remedy: str) -> Check:
    return Check(name=name, status=Status.PROBLEM, finding=finding, remedy=remedy)
