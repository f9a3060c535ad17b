"""What repeats itself is told once a minute."""

from tests.fakes import SettableClock
from waypost.telemetry.rarely import SILENCE_SECONDS, Rarely


def test_the_same_thing_is_told_once_a_minute() -> None:
    """A thing is told again when its time is over, whatever is told in between."""
    clock = SettableClock()
    rarely = Rarely(monotonic=clock.monotonic)
    assert rarely.may_tell("one")
    assert not rarely.may_tell("one")
    assert rarely.may_tell("other")
    clock.move(SILENCE_SECONDS - 1)
    assert not rarely.may_tell("one")
    clock.move(1)
    assert rarely.may_tell("one")
    assert not rarely.may_tell("one")
