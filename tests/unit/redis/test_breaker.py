"""The breaker opens after failures in a row, and one probe at a time closes it."""

import pytest

from tests.fakes import SettableClock
from waypost.adapters.redis.breaker import CircuitBreaker


@pytest.fixture
def clock() -> SettableClock:
    """Return the clock of the breaker."""
    return SettableClock()


@pytest.fixture
def breaker(clock: SettableClock) -> CircuitBreaker:
    """Return a breaker that three failures open for a second."""
    return CircuitBreaker(failures=3, open_seconds=1.0, monotonic=clock.monotonic)


def fail(breaker: CircuitBreaker, times: int) -> None:
    """Make so many calls that fail."""
    for _ in range(times):
        assert breaker.begin()
        breaker.failed()


def test_it_is_closed_at_first(breaker: CircuitBreaker) -> None:
    """Any number of callers may try at the same time."""
    assert [breaker.begin() for _ in range(5)] == [True] * 5
    assert not breaker.is_open


def test_failures_in_a_row_open_it(breaker: CircuitBreaker) -> None:
    """The third failure is the last for a while."""
    fail(breaker, 2)
    assert not breaker.is_open
    fail(breaker, 1)
    assert breaker.is_open
    assert not breaker.begin()


def test_failures_with_successes_between_do_not(breaker: CircuitBreaker) -> None:
    """A server that drops a call now and then is not away."""
    for _ in range(4):
        fail(breaker, 2)
        assert breaker.begin()
        breaker.succeeded()
    assert not breaker.is_open


def test_one_probe_at_a_time(breaker: CircuitBreaker, clock: SettableClock) -> None:
    """When its time is over one caller finds out for all."""
    fail(breaker, 3)
    clock.move(0.9)
    assert not breaker.begin()
    clock.move(0.2)
    assert [breaker.begin() for _ in range(3)] == [True, False, False]


def test_successful_probe_closes_it(
    breaker: CircuitBreaker, clock: SettableClock
) -> None:
    """After a success every call may try again, and three failures are free again."""
    fail(breaker, 3)
    clock.move(1.1)
    assert breaker.begin()
    breaker.succeeded()
    assert not breaker.is_open
    fail(breaker, 2)
    assert not breaker.is_open


def test_failed_probe_opens_it_again(
    breaker: CircuitBreaker, clock: SettableClock
) -> None:
    """A failed probe starts the time anew."""
    fail(breaker, 3)
    for _ in range(3):
        clock.move(1.1)
        fail(breaker, 1)
        assert not breaker.begin()


def test_abandoned_probe_leaves_the_place(
    breaker: CircuitBreaker, clock: SettableClock
) -> None:
    """A visitor who goes away during the probe does not keep it open for ever."""
    fail(breaker, 3)
    clock.move(1.1)
    assert breaker.begin()
    breaker.abandoned()
    assert breaker.is_open
    assert breaker.begin()
