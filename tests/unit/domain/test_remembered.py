"""What was found out lately."""

from waypost.domain.analytics.remembered import Remembered


def test_each_value_is_found_out_once() -> None:
    """A key that was asked for is not looked into again."""
    asked: list[int] = []

    def find(key: int) -> int:
        asked.append(key)
        return -key

    known = Remembered(find, size=10)
    assert [known[key] for key in (1, 2, 1, 2)] == [-1, -2, -1, -2]
    assert asked == [1, 2]


def test_what_is_asked_for_again_stays_and_the_rest_goes() -> None:
    """Twice the size is kept at most, of the keys that came last."""
    asked: list[int] = []

    def find(key: int) -> int:
        asked.append(key)
        return key

    known = Remembered(find, size=10)
    for key in range(1_000):
        assert known[key] == key
        assert known[-1] == -1
        assert len(known) <= 10
    assert asked.count(-1) == 1
    assert known[999 - 2] == 997
    assert known[5] == 5
    assert asked.count(997) == 1
    assert asked.count(5) == 2
