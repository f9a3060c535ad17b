"""Moments as people and programs write them."""

from datetime import UTC, datetime

import pytest

from waypost.domain.moments import parse_moment

NOW = datetime(2026, 3, 1, 12, 30, 15, 250_000, UTC)


@pytest.mark.parametrize(
    ("text", "moment"),
    [
        ("2026-03-01T09:30:00Z", datetime(2026, 3, 1, 9, 30, tzinfo=UTC)),
        ("2026-03-01T09:30Z", datetime(2026, 3, 1, 9, 30, tzinfo=UTC)),
        ("2026-03-01T09:30:00+02:00", datetime(2026, 3, 1, 7, 30, tzinfo=UTC)),
        ("2026-03-01 09:30:00.999-01:30", datetime(2026, 3, 1, 11, 0, tzinfo=UTC)),
        ("now", datetime(2026, 3, 1, 12, 30, 15, tzinfo=UTC)),
        ("+30m", datetime(2026, 3, 1, 13, 0, 15, tzinfo=UTC)),
        ("-2h", datetime(2026, 3, 1, 10, 30, 15, tzinfo=UTC)),
        ("+7d", datetime(2026, 3, 8, 12, 30, 15, tzinfo=UTC)),
        ("-4w", datetime(2026, 2, 1, 12, 30, 15, tzinfo=UTC)),
    ],
)
def test_moments(text: str, moment: datetime) -> None:
    """With an offset, or counted from now; in UTC and whole seconds."""
    assert parse_moment(text, now=NOW) == moment
    assert parse_moment(text, now=NOW).tzinfo is UTC


@pytest.mark.parametrize(
    "text",
    [
        "",
        "tomorrow",
        "2026-03-01",
        "2026-03-01T09:30:00",
        "2026-02-30T09:30:00Z",
        "30m",
        "+30",
        "+30s",
        "+9999999d",
        "+999999w",
        "0001-01-01T00:00:00+14:00",
        "1767225600",
    ],
)
def test_what_is_no_moment(text: str) -> None:
    """The refusal says how a moment is written."""
    with pytest.raises(ValueError, match="2026-03-01T09:30:00Z"):
        parse_moment(text, now=NOW)
