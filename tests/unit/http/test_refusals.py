"""The log of refusals: a number, not a line each."""

import asyncio
from collections.abc import Mapping, Sequence

from structlog.testing import capture_logs

from tests.integration.edge.in_memory import Timers
from waypost.http.connections.refusals import SUMMARY_SECONDS, RefusalLog


async def test_refusals_are_summed_up() -> None:
    """The first is logged at once, the others once a minute with their number."""
    timers = Timers()
    loop: asyncio.AbstractEventLoop = timers  # type: ignore[assignment]  # the real one, with a clock of ours
    log = RefusalLog(loop=loop)
    with capture_logs() as lines:
        for _ in range(1000):
            log.note("malformed-request")
        log.note("request-timeout")
        assert counts(lines) == [("malformed-request", 1), ("request-timeout", 1)]
        timers.move(SUMMARY_SECONDS)
        assert counts(lines)[2:] == [("malformed-request", 999)]
        timers.move(SUMMARY_SECONDS * 5)
        log.note("malformed-request")
        assert counts(lines)[3:] == [("malformed-request", 1)]
    assert {line["log_level"] for line in lines} == {"warning"}


def counts(lines: Sequence[Mapping[str, object]]) -> list[tuple[object, object]]:
    """Return the refusals in the log."""
    return [(line["refusal"], line["count"]) for line in lines]
