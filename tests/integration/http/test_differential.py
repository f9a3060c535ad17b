"""Waypost and a strict parser of another family find the same requests.

Where two servers on the way of a request disagree about where it ends, one client can
put words into another one's mouth. `HTTP_EXCHANGES` says how many connections are made
up; a change of the protocol is worth 100,000.
"""

import asyncio
import os
import re
from collections.abc import Callable, Iterator
from random import Random

import pytest
from hypothesis import HealthCheck, given, note, settings
from hypothesis import strategies as st

from tests.integration.http.corpus import CASES
from tests.integration.http.exchange import Outcome, Waypost
from tests.integration.http.generated import connection
from tests.integration.http.reference import requests_in

BATCH = 20
EXCHANGES = int(os.environ.get("HTTP_EXCHANGES", "1000"))

Exchange = Callable[[list[bytes]], Outcome]


@pytest.fixture(scope="module")
def exchange() -> Iterator[Exchange]:
    """Speak to one Waypost on one event loop."""
    with asyncio.Runner() as runner:

        async def start() -> Waypost:
            waypost = Waypost()
            await waypost.prepare()
            return waypost

        waypost = runner.run(start())
        yield lambda chunks: runner.run(waypost.exchange(chunks))


def assert_agreement(outcome: Outcome, data: bytes) -> None:
    """Compare what was found; Waypost may have refused where the other did not."""
    reference = requests_in(data)
    assert len(outcome.seen) <= len(reference)
    for ours, theirs in zip(outcome.seen, reference, strict=False):
        assert (ours.method, ours.target) == (theirs.method, theirs.target)
        assert ours.body in {theirs.body, None} or outcome.is_over
    assert outcome.is_over or len(outcome.seen) == len(reference)
    assert_answers(outcome)


def assert_answers(outcome: Outcome) -> None:
    """Each request has its own answer, in order, and at most a refusal follows."""
    answered = re.findall(
        rb"^(?:x-target: (.*)|location: .*)\r$", outcome.written, re.MULTILINE
    )
    asked = [seen.target for seen in outcome.seen]
    assert len(answered) <= len(asked)
    for target, request in zip(answered, asked, strict=False):
        assert target in {request, b""}
    finals = re.findall(rb"^HTTP/1\.1 ([2-5]\d\d) ", outcome.written, re.MULTILINE)
    assert len(finals) - len(answered) in {0, 1}
    assert all(status in {b"200", b"307"} for status in finals[: len(answered)])


@pytest.mark.parametrize("name", CASES)
def test_known_attacks(exchange: Exchange, name: str) -> None:
    """However a known attack is cut up, both find the same requests."""
    data = CASES[name]
    for size in (len(data), 1, 7, 64):
        chunks = [data[at : at + size] for at in range(0, len(data), size)]
        assert_agreement(exchange(chunks), data)


@pytest.mark.parametrize("name", [name for name in CASES if "upgrade" in name])
def test_body_behind_an_upgrade_comes_late(exchange: Exchange, name: str) -> None:
    """A body that comes after its head has been answered is still a body."""
    data = CASES[name]
    end = data.index(b"\r\n\r\n") + 4
    assert_agreement(exchange([data[:end], data[end:]]), data)


@pytest.mark.slow
@pytest.mark.timeout(0)
@settings(
    max_examples=EXCHANGES // BATCH,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(chance=st.randoms(use_true_random=True))
def test_made_up_connections(exchange: Exchange, chance: Random) -> None:
    """In any bytes of a client, in any pieces, both find the same requests."""
    for _ in range(BATCH):
        chunks = connection(chance)
        note(repr(chunks))
        assert_agreement(exchange(chunks), b"".join(chunks))
