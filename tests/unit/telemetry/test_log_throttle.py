"""Repeated lines are logged once a minute."""

from tests.fakes import SettableClock
from waypost.telemetry.log_throttle import SILENCE_SECONDS, LogThrottle


def test_the_same_line_is_logged_once_a_minute() -> None:
    """A line is logged again when its time is over, not because of other lines."""
    clock = SettableClock()
    throttle = LogThrottle(monotonic=clock.monotonic)
    assert throttle.allows("one")
    assert not throttle.allows("one")
    assert throttle.allows("other")
    clock.move(SILENCE_SECONDS - 1)
    assert not throttle.allows("one")
    clock.move(1)
    assert throttle.allows("one")
    assert not throttle.allows("one")
