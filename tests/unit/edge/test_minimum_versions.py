"""Minimum versions hold for their time, also when there is no room for more."""

from tests.fakes import SettableClock
from waypost.edge.minimum_versions import NO_ANSWER, MinimumVersions


def floors(clock: SettableClock, *, limit: int = 100) -> MinimumVersions:
    """Return minimum versions that hold for five seconds."""
    return MinimumVersions(seconds=5, limit=limit, monotonic=clock.monotonic)


def test_floor_holds_for_its_time() -> None:
    """A minimum holds for five seconds after it was raised last."""
    clock = SettableClock()
    some = floors(clock)
    assert some.of("abc") == 0
    some.raise_to("abc", 7)
    clock.move(4)
    assert (some.of("abc"), some.of("xyz")) == (7, 0)
    some.raise_to("abc", 8)
    clock.move(4.9)
    assert some.of("abc") == 8
    clock.move(0.1)
    assert some.of("abc") == 0


def test_floor_is_never_lowered() -> None:
    """Messages may come in any order."""
    some = floors(SettableClock())
    some.raise_to("abc", 7)
    some.raise_to("abc", 3)
    assert some.of("abc") == 7


def test_old_floors_take_no_room() -> None:
    """What has ended is forgotten when something new comes."""
    clock = SettableClock()
    some = floors(clock)
    for number in range(1_000):
        some.raise_to(f"code{number}", 1)
        clock.move(1)
        assert len(some) <= 5


def test_a_full_table_permits_no_old_version() -> None:
    """While minimum versions are missing, no cached answer is accepted."""
    clock = SettableClock()
    some = floors(clock, limit=3)
    for code in ("a", "b", "c"):
        some.raise_to(code, 1)
        clock.move(1)
    assert some.of("other") == 0
    some.raise_to("d", 1)
    assert len(some) == 3
    assert some.of("a") == some.of("other") == NO_ANSWER
    clock.move(2)  # now "a" would have ended by itself
    assert (some.of("a"), some.of("other"), some.of("d")) == (0, 0, 1)
