"""Codes that may have been meant by one that no link has."""

import pytest

from waypost.domain.analytics.near_codes import LONGEST, codes_near
from waypost.domain.codes import may_be_code


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("Spring26", "spring26"),
        ("SPRING26", "spring26"),
        ("spring26", "Spring26"),
        ("spring26", "SPRING26"),
        ("4FTz0aQ", "4fTz0aQ"),
        ("sprnig26", "spring26"),
        ("psring26", "spring26"),
        ("spring62", "spring26"),
        ("sprring26", "spring26"),
        ("spring260", "spring26"),
        ("pring26", "spring26"),
        ("spring2", "spring26"),
        ("spr1ng26", "spring26"),
        ("spring-26", "spring26"),
        ("spring26", "spring-26"),
        ("spring26.", "spring26"),
        ("spring26),", "spring26"),
        ("spring26/more", "spring26"),
        ("étée", "été"),
        ("ééé", "éé"),
    ],
)
def test_one_slip_is_found(typed: str, meant: str) -> None:
    """The code that was meant is among those that are looked for."""
    assert meant in codes_near(typed)


def test_the_likeliest_comes_first() -> None:
    """Case before swapped letters, and these before other letters."""
    near = codes_near("Ab1")
    places = [near.index(code) for code in ("ab1", "bA1", "Ab", "Ac1", "Ab12")]
    assert places[:3] == sorted(places[:3])
    assert max(places[:3]) < min(places[3:])


@pytest.mark.parametrize(
    "text", ["a", "7", "spring26", "x" * LONGEST, "a/b", "é", "~~"]
)
def test_only_codes_are_looked_for_and_not_too_many(text: str) -> None:
    """Each once, and not the text itself, which no link has."""
    near = codes_near(text)
    assert all(map(may_be_code, near))
    assert len(near) == len(set(near)) <= 4_600
    assert text not in near


def test_long_texts_are_not_tried() -> None:
    """Nothing is looked for."""
    assert codes_near("x" * (LONGEST + 1)) == []
