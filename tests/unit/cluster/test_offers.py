"""What visitors of a chaos run's links must be answered."""

import random
from datetime import UTC, datetime, timedelta

import pytest
from cluster.chaos.client import Answer
from cluster.chaos.offers import Offer, offer, plain

NOON = datetime(2026, 1, 1, 12, tzinfo=UTC)
BEFORE, AFTER = NOON - timedelta(seconds=1), NOON + timedelta(seconds=1)
TARGET = plain(1).target


@pytest.mark.parametrize(
    ("options", "moment", "status", "location"),
    [
        ({}, NOON, 307, TARGET),
        ({"disabled": True}, NOON, 410, ""),
        ({"valid_until": NOON.isoformat()}, BEFORE, 307, TARGET),
        ({"valid_until": NOON.isoformat()}, NOON, 410, ""),
        ({"valid_since": NOON.isoformat()}, BEFORE, 404, ""),
        ({"valid_since": NOON.isoformat()}, NOON, 307, TARGET),
        ({"redirect_status": 301}, NOON, 301, TARGET),
        ({"forward_query": True}, NOON, 307, f"{TARGET}?from=chaos"),
    ],
)
def test_one_answer_is_right(
    options: dict[str, object], moment: datetime, status: int, location: str
) -> None:
    """At one moment there is one answer, and only one at the target is a click."""
    link = Offer(target=TARGET, options=options)
    answers = [Answer(code, location, b"") for code in (301, 302, 307, 404, 410)]
    allowed = [a for a in answers if link.allows(a, asked=moment, answered=moment)]
    assert allowed == [Answer(status, location, b"")]
    assert link.is_click(allowed[0]) == location.startswith(TARGET)


def test_both_answers_are_right_in_between() -> None:
    """A visit during which a link expires may get either answer."""
    link = Offer(target=TARGET, options={"valid_until": NOON.isoformat()})
    for answer in (Answer(307, TARGET, b""), Answer(410, "", b"")):
        assert link.allows(answer, asked=BEFORE, answered=AFTER)
    assert not link.allows(Answer(307, TARGET, b""), asked=AFTER, answered=AFTER)


def test_every_option_is_offered() -> None:
    """Some hundred links have all of them, and half have none."""
    dice = random.Random(1)
    offers = [offer(number, dice=dice, now=NOON) for number in range(400)]
    assert 150 < sum(not link.options for link in offers) < 250
    assert {name for link in offers for name in link.options} == {
        "title",
        "notes",
        "valid_since",
        "valid_until",
        "expired_url",
        "disabled",
        "forward_query",
        "redirect_status",
    }
