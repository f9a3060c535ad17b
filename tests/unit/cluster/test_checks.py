"""The chaos run's judgement: lost clicks and clicks too many are found."""

from collections import Counter
from pathlib import Path

import pytest
from cluster.chaos.checks import (
    Reported,
    Tally,
    doubtful_tries,
    shortened,
    silent_losses,
    wrong_counts,
)
from cluster.chaos.offers import plain
from cluster.chaos.score import Score

from waypost.domain.clicks import lane_of


def score(*, answered: int, in_doubt: int) -> Score:
    """Return the books of clients that followed one link, `a`."""
    return Score(
        answered=Counter(a=answered),
        in_doubt=Counter(a=in_doubt),
        promised={"a": plain(1)},
    )


@pytest.mark.parametrize(
    ("counted", "verdict"),
    [
        (9, ["/a: 10 answered, 9 counted: LOST."]),
        (10, []),
        (13, []),
        (14, ["/a: 13 at most, 14 counted: COUNTED TWICE."]),
    ],
)
def test_counts_lie_between_answered_and_possible(
    counted: int, verdict: list[str]
) -> None:
    """What was answered is counted; what is in doubt may be."""
    books = score(answered=10, in_doubt=2)
    tally = Tally({"a": counted}, missing={})
    assert wrong_counts(tally, books, {"a": 1}) == verdict


@pytest.mark.parametrize(
    ("counted", "missing", "is_wrong"),
    [
        (10, 0, False),
        (7, 3, False),
        (7, 6, False),  # what was in doubt may have been recorded, and is lost as well
        (7, 2, True),
        (7, 7, True),
        (10, 4, True),
        (14, 1, True),
    ],
)
def test_what_is_lost_is_reported_by_number(
    counted: int,
    missing: int,
    is_wrong: bool,  # noqa: FBT001 - a column of the table above
) -> None:
    """As many clicks are reported as are lost, those in doubt left aside."""
    tally = Tally({"a": counted}, missing={lane_of("a"): missing} if missing else {})
    wrong = wrong_counts(tally, score(answered=10, in_doubt=2), {"a": 1})
    assert bool(wrong) == is_wrong


def test_a_link_without_a_count_has_lost_its_clicks() -> None:
    """No row is as wrong as a row that says nothing was clicked."""
    assert wrong_counts(Tally({}, {}), score(answered=1, in_doubt=0), {}) != []


@pytest.mark.parametrize(
    ("line", "doubtful"),
    [
        ("GET /a 307|0.000|307", {}),
        ("GET /a 307|-, 0.000|502, 307", {}),
        ("GET /a 307|0.001, 0.000|503, 307", {}),
        ("GET /a 307|0.001, 0.000|502, 307", {"a": 1}),
        ("GET /a 502|0.001, 0.000|502, 502", {"a": 2}),
        ("GET /a 502|0.001, -|502, 502", {"a": 1}),
        ("GET /a 502|0.001, -|503, 502", {}),
        ("GET /a 504|0.001|504", {"a": 1}),
        ("GET /a 503|0.001, 0.000|502, 503", {"a": 1}),
        ("POST /api/shorten 502|0.001|502", {}),
        ("GET /a 307|0.001, 0.000, 0.000|502, 502, 307", {"a": 2}),
    ],
)
def test_only_tries_that_may_have_counted_are_counted(
    tmp_path: Path, line: str, doubtful: dict[str, int]
) -> None:
    """Refused tries are harmless, and so is the one that was answered."""
    log = tmp_path / "tries.log"
    log.write_text(f"{line}\n")
    assert doubtful_tries(log) == doubtful


def test_no_log_means_no_doubt(tmp_path: Path) -> None:
    """Nginx makes the file when it has something to say."""
    assert doubtful_tries(tmp_path / "none.log") == {}


def test_a_long_list_is_cut() -> None:
    """A person sees the first ones and how many there are."""
    lines = shortened([str(number) for number in range(25)]).splitlines()
    assert len(lines) == 21
    assert lines[-1] == "  and 5 more"


@pytest.mark.parametrize(
    ("total", "lacking", "is_wrong"),
    [
        (10, 0, False),
        (7, 3, False),
        (12, 0, False),
        (7, 2, True),
        (9, 0, True),
        (9, None, True),
    ],
)
def test_what_is_missing_in_reports_is_known(
    total: int, lacking: int | None, *, is_wrong: bool
) -> None:
    """Counted clicks are in reports, or the product says how many are not."""
    tally = Tally({"a": 6, "b": 4}, missing={})
    wrong = silent_losses(tally, Reported({"a": 6}, total), lacking)
    assert bool(wrong) is is_wrong
