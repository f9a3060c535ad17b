"""Rules and variants are read, or each wrong field is named."""

from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import cast

import pytest

from waypost.domain.errors import TargetSchemeNotAllowed
from waypost.domain.targeting.reading import Reading, rule_object, variant_object

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
URL = "https://example.com/a"


def target(url: str) -> str:
    """Accept all but one."""
    if url.startswith("javascript:"):
        raise TargetSchemeNotAllowed
    return url.replace("HTTPS", "https")


def wrong(read: Callable[[Reading], object]) -> list[tuple[str, str]]:
    """Return where *read* finds something wrong, and its code."""
    reading = Reading(now=NOW, target=target)
    read(reading)
    assert all(one.detail.endswith((".", "?")) for one in reading.problems.found)
    return [(one.pointer, one.code) for one in reading.problems.found]


def nested(levels: int) -> dict[str, object]:
    """Return conditions on so many levels."""
    return {"not": nested(levels - 1)} if levels > 1 else {"country": "CH"}


@pytest.mark.parametrize(
    ("when", "normal"),
    [
        ({"device": "mobile"}, {"device": ["mobile"]}),
        ({"country": ["ch"]}, {"country": ["CH"]}),
        ({"after": "+2h"}, {"after": "2026-03-01T14:00:00Z"}),
        ({"before": "2026-03-01T13:00:00.5+01:00"}, {"before": "2026-03-01T12:00:00Z"}),
        (
            {"hours": {"from": "08:00", "to": "09:00", "zone": "UTC"}},
            {
                "hours": {
                    "days": ["mon", "tue", "wed", "thu", "fri", "sat", "sun"],
                    "from": "08:00",
                    "to": "09:00",
                    "zone": "UTC",
                }
            },
        ),
        (nested(3), {"not": {"not": {"country": ["CH"]}}}),
    ],
)
def test_one_form(when: object, normal: object) -> None:
    """What was read is written in one form, and is read again as the same."""
    value = {"when": when, "url": "HTTPS://example.com/a"}
    for _ in range(2):
        reading = Reading(now=NOW, target=target)
        (rule,) = reading.rules([value])
        assert not reading.problems.found
        value = dict(rule_object(rule))
        assert value == {"name": None, "when": normal, "url": URL, "variants": []}


@pytest.mark.parametrize(
    ("when", "pointer", "code"),
    [
        ({"country": ["CH", "XX"]}, "/country/1", "unknown-country"),
        ({"device": ["phnoe"]}, "/device/0", "unknown-device"),
        ({"os": ["beos"]}, "/os/0", "unknown-os"),
        ({"browser": ["lynx"]}, "/browser/0", "unknown-browser"),
        ({"language": ["german"]}, "/language/0", "invalid-language"),
        ({"ip": ["10.0.0.300"]}, "/ip/0", "invalid-address"),
        ({"ip": ["10.0.0.9-10.0.0.1"]}, "/ip/0", "invalid-address"),
        ({"ip": ["10.*.0.1"]}, "/ip/0", "invalid-address"),
        ({"ip": ["fe80::1%eth0"]}, "/ip/0", "invalid-address"),
        ({"ip": ["::1-10.0.0.1"]}, "/ip/0", "invalid-address"),
        ({"query": {"a": False}}, "/query/a", "wrong-type"),
        ({"query": {"a/b~c": 3}}, "/query/a~1b~0c", "wrong-type"),
        ({"query": {}}, "/query", "wrong-type"),
        ({"query": "a=b"}, "/query", "wrong-type"),
        ({"after": "soon"}, "/after", "invalid-moment"),
        ({"before": 5}, "/before", "invalid-moment"),
        ({"hours": []}, "/hours", "too-many"),
        ({"hours": ["x"]}, "/hours/0", "wrong-type"),
        ({"country": []}, "/country", "wrong-type"),
        ({"country": [3]}, "/country/0", "wrong-type"),
        ({"country": ["CH"] * 101}, "/country", "too-many"),
        ({"query": {str(n): "x" for n in range(101)}}, "/query", "too-many"),
        ({"countries": ["CH"]}, "/countries", "unknown-condition"),
        ({"any": {}}, "/any", "wrong-type"),
        ({"any": [{}]}, "/any/0", "wrong-type"),
        ({"not": []}, "/not", "wrong-type"),
        ({"all": [{"country": "CH"}] * 21}, "/all", "too-many"),
        (nested(4), "/not/not/not", "too-deep"),
        ({}, "", "wrong-type"),
        (
            {"any": [{"query": {"a": "1"}}] * 11, "all": [{"query": {"a": "1"}}] * 10},
            "",
            "too-many",
        ),
    ],
)
def test_wrong_conditions(when: object, pointer: str, code: str) -> None:
    """Each is named with its place in the body."""
    found = wrong(lambda it: it.rules([{"when": when, "url": URL}]))
    assert found == [(f"/rules/0/when{pointer}", code)]


@pytest.mark.parametrize(
    ("field", "value", "code"),
    [
        ("days", ["mon", "day"], "unknown-day"),
        ("days", [], "wrong-type"),
        ("from", "24:00", "invalid-time"),
        ("to", "8:00", "invalid-time"),
        ("to", None, "invalid-time"),
        ("zone", "Europe/Zurch", "unknown-zone"),
        ("zone", "../../etc/passwd", "unknown-zone"),
        ("zone", 3, "unknown-zone"),
        ("until", "08:00", "unknown-field"),
    ],
)
def test_wrong_hours(field: str, value: object, code: str) -> None:
    """So is each field of hours."""
    hours = {"from": "08:00", "to": "09:00", "zone": "Europe/Zurich", field: value}
    pointer, found = wrong(
        lambda it: it.rules([{"when": {"hours": hours}, "url": URL}])
    )[0]
    assert pointer.startswith(f"/rules/0/when/hours/{field}")
    assert found == code


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        ({"url": 3}, ("/rules/0/url", "target-missing")),
        ({"url": "javascript:1"}, ("/rules/0/url", "target-scheme-not-allowed")),
        ({"name": ""}, ("/rules/0/name", "invalid-name")),
        ({"name": "a\nb"}, ("/rules/0/name", "invalid-name")),
        ({"name": "x" * 65}, ("/rules/0/name", "invalid-name")),
        ({"wen": 1}, ("/rules/0/wen", "unknown-field")),
        ({"when": 1}, ("/rules/0/when", "wrong-type")),
        ({"variants": 1}, ("/rules/0/variants", "wrong-type")),
        (
            {"url": None, "variants": [{"name": "b", "url": URL, "weight": 1}]},
            ("/rules/0/variants", "option-conflict"),
        ),
    ],
)
def test_wrong_rules(fields: dict[str, object], expected: tuple[str, str]) -> None:
    """So is each field of a rule."""
    rule = {"when": {"country": "CH"}, "url": URL} | fields
    assert wrong(lambda it: it.rules([rule])) == [expected]


def test_a_rule_needs_a_url() -> None:
    """Only null refuses visitors; a URL that was forgotten does not."""
    rule = {"when": {"country": "CH"}}
    assert wrong(lambda it: it.rules([rule])) == [("/rules/0/url", "target-missing")]


def test_all_that_is_wrong_is_named() -> None:
    """One problem for each wrong field, in their order."""
    rules = cast(
        "list[Mapping[str, object]]",
        [{"when": {"country": ["XX"], "os": "x"}, "url": 1}, 3],
    )
    found = [pointer for pointer, _ in wrong(lambda it: it.rules(rules))]
    assert found == [
        "/rules/0/when/country/0",
        "/rules/0/when/os/0",
        "/rules/0/url",
        "/rules/1",
    ]


def test_there_are_not_too_many_rules() -> None:
    """A hundred are accepted."""
    rule = {"when": {"country": "CH"}, "url": URL}
    assert wrong(lambda it: it.rules([rule] * 100)) == []
    assert wrong(lambda it: it.rules([rule] * 101)) == [("/rules", "too-many")]


@pytest.mark.parametrize(
    ("variants", "expected"),
    [
        ([{"name": "", "url": URL, "weight": 1}], ("/0/name", "invalid-name")),
        ([{"name": "b", "url": None, "weight": 1}], ("/0/url", "target-missing")),
        ([{"name": "b", "url": URL, "weight": 0}], ("/0/weight", "invalid-weight")),
        ([{"name": "b", "url": URL, "weight": 101}], ("/0/weight", "invalid-weight")),
        ([{"name": "b", "url": URL, "weight": True}], ("/0/weight", "invalid-weight")),
        ([{"name": "b", "url": URL, "weight": 1, "x": 1}], ("/0/x", "unknown-field")),
        ([{"name": "b", "url": URL, "weight": 1}] * 2, ("", "duplicate-name")),
        (
            [{"name": n, "url": URL, "weight": 51} for n in "bc"],
            ("", "weights-too-high"),
        ),
        (
            [{"name": str(n), "url": URL, "weight": 1} for n in range(11)],
            ("", "too-many"),
        ),
        ("b", ("", "wrong-type")),
        ([3], ("/0", "wrong-type")),
    ],
)
def test_wrong_variants(variants: object, expected: tuple[str, str]) -> None:
    """So is each field of a variant."""
    pointer, code = expected
    assert wrong(lambda it: it.variants(variants)) == [(f"/variants{pointer}", code)]


def test_variants_in_one_form() -> None:
    """What was read is written as it was given."""
    given = [
        {"name": "b", "url": URL, "weight": 60},
        {"name": "c", "url": URL, "weight": 40},
    ]
    reading = Reading(now=NOW, target=target)
    assert [variant_object(one) for one in reading.variants(given)] == given
    assert not reading.problems.found
