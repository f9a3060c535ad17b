"""More than two hundred user agents that people have labelled.

`agents.tsv` has, by tabs: device, system, browser, the reason for a machine, and the
agent. `-` is no machine; `*` is not asked for.
"""

from collections import Counter
from pathlib import Path
from typing import Final, NamedTuple

import pytest

from waypost.adapters.agents.clients import ParsedClients
from waypost.adapters.agents.fast_search import search_fast
from waypost.adapters.agents.machines import MachineAgents
from waypost.adapters.agents.plain_search import search_plainly
from waypost.domain.agents.quick import seen_client
from waypost.domain.analytics.machines import is_program

DISAGREEMENTS: Final = {
    "(Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) "
    "Version/17.5 Safari/605.1.15": "An iPad asks for pages of computers: its agent is "
    "that of a Mac, and Safari sends no client hints.",
    "(Web0S; Linux/SmartTV)": "The browser of a television calls itself Chrome.",
    "KAIOS/2.5": "The browser of KaiOS is made of Firefox, and calls itself so.",
}
"""Part of an agent, and why the answer differs from what people say."""


class Labelled(NamedTuple):
    """A line of the file."""

    device: str
    os: str
    browser: str
    machine: str
    agent: str


def labelled() -> list[Labelled]:
    """Return all lines but the first."""
    lines = Path(__file__).with_name("agents.tsv").read_text("utf-8").splitlines()
    return [Labelled(*line.split("\t")) for line in lines[1:]]


@pytest.fixture(scope="module")
def clients() -> ParsedClients:
    """What reads devices, systems and browsers."""
    return ParsedClients()


@pytest.fixture(scope="module")
def machines() -> MachineAgents:
    """What judges agents."""
    return MachineAgents(search_fast)


def test_there_are_enough_of_both() -> None:
    """The file has different agents, of people and of machines."""
    lines = labelled()
    assert len({line.agent for line in lines}) == len(lines) >= 200
    kinds = Counter(line.machine for line in lines)
    assert min(kinds["-"], kinds["agent"] + kinds["preview"]) >= 75


def test_devices_systems_and_browsers_agree(clients: ParsedClients) -> None:
    """All answers are those of people, but for the disagreements that are explained."""
    people = [line for line in labelled() if line.device != "*"]
    differing = {
        line.agent for line in people if clients.client(line.agent, "") != line[:3]
    }
    explained = {
        line.agent
        for line in people
        if any(part in line.agent for part in DISAGREEMENTS)
    }
    print(f"{len(people) - len(differing)} of {len(people)} clients agree")
    assert differing <= explained
    assert len(differing) == len(DISAGREEMENTS), "one that agrees needs no explanation"


def test_the_small_classification_agrees(clients: ParsedClients) -> None:
    """Rules of links see of every one of these clients what reports show."""
    for line in labelled():
        if line.device != "*":
            seen = seen_client(line.agent.encode(), "")
            assert tuple(seen) == tuple(clients.client(line.agent, "")), line.agent


def test_machines_agree(machines: MachineAgents) -> None:
    """Every machine is found, with its reason, and no person is taken for one."""
    differing = [
        line
        for line in labelled()
        if (machines.machine_of_agent(line.agent) or "-") != line.machine
    ]
    assert differing == []


def test_both_searches_agree() -> None:
    """The standard library finds what the library in Rust finds."""
    fast, plain = MachineAgents(search_fast), MachineAgents(search_plainly)
    for line in labelled():
        found = fast.machine_of_agent(line.agent)
        assert plain.machine_of_agent(line.agent) == found, line.agent


def test_no_agent_is_a_machine(machines: MachineAgents) -> None:
    """Every browser sends a user agent."""
    assert machines.machine_of_agent(None) == machines.machine_of_agent("") == "agent"


def test_words_alone_agree() -> None:
    """What has no list at hand judges all of these as people do."""
    differing = [
        line
        for line in labelled()
        if is_program(line.agent.encode()) != (line.machine != "-")
    ]
    assert differing == []
    assert is_program(b"")
