"""Verdicts on links with rules are those of a plain model."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address, ip_network
from typing import cast
from zoneinfo import ZoneInfo

from hypothesis import given, settings
from hypothesis import strategies as st

from waypost.domain.links import Link
from waypost.domain.options import LinkOptions, RedirectStatus
from waypost.domain.targeting.hours import DAYS
from waypost.domain.targeting.visits import Visit
from waypost.domain.verdict import Outcome, judge, plan_of

NOW = datetime(2026, 3, 29, 0, 30, tzinfo=UTC)
When = dict[str, object]
ZONES = [
    "Europe/Zurich",
    "UTC",
    "Asia/Kathmandu",
    "America/St_Johns",
    "Australia/Lord_Howe",
]
times = st.builds("{:02}:{:02}".format, st.integers(0, 23), st.integers(0, 59))
days = st.lists(st.sampled_from(DAYS), min_size=1, max_size=3)
networks = ["10.0.0.0/8", "10.1.0.0/16", "2001:db8::/32", "0.0.0.0/0"]
moments = st.integers(-7200, 7200).map(lambda s: NOW + timedelta(seconds=s))
leaves = st.one_of(
    st.fixed_dictionaries(
        {"country": st.lists(st.sampled_from(["CH", "DE"]), min_size=1, max_size=2)}
    ),
    st.fixed_dictionaries(
        {"ip": st.lists(st.sampled_from(networks), min_size=1, max_size=2)}
    ),
    st.fixed_dictionaries(
        {
            "query": st.dictionaries(
                st.sampled_from("ab"),
                st.sampled_from([True, "", "1", ["1", "2"]]),
                min_size=1,
            )
        }
    ),
    st.fixed_dictionaries({"after": moments.map(datetime.isoformat)}),
    st.fixed_dictionaries({"before": moments.map(datetime.isoformat)}),
    st.fixed_dictionaries(
        {
            "hours": st.fixed_dictionaries(
                {
                    "days": days,
                    "from": times,
                    "to": times,
                    "zone": st.sampled_from(ZONES),
                }
            )
        }
    ),
)
below = st.lists(leaves, min_size=1, max_size=2)
conditions: st.SearchStrategy[When] = st.one_of(
    leaves,
    st.builds(lambda several: {"any": several}, below),
    st.builds(lambda several: {"all": several}, below),
    st.builds(lambda one: {"not": one}, leaves),
    st.builds(lambda one, other: {**one, **other}, leaves, leaves),
)
visits = st.builds(
    Visit,
    path=st.just(""),
    headers=st.just({}),
    query=st.sampled_from(["", "a", "a=1", "a=3&b", "b=2&a=2", "a=&b=1"]),
    address=st.sampled_from(["", "10.1.2.3", "10.9.9.9", "2001:db8::1", "192.0.2.1"]),
    country=st.sampled_from([b"", b"CH", b"DE", b"FR"]),
    is_spent=st.just(value=False),
)


def holds(when: Mapping[str, object], visit: Visit, now: datetime) -> bool:
    """Return whether *when* holds, as the reference page says it in words."""
    return all(_holds(key, value, visit, now) for key, value in when.items())


def _holds(key: str, value: object, visit: Visit, now: datetime) -> bool:  # noqa: PLR0911 - a branch for each key
    if key == "not":
        return not holds(cast("When", value), visit, now)
    if key in {"any", "all"}:
        results = [holds(one, visit, now) for one in cast("list[When]", value)]
        return any(results) if key == "any" else all(results)
    if key == "country":
        return visit.country.decode() in cast("list[str]", value)
    if key == "ip":
        return bool(visit.address) and any(
            ip_address(visit.address) in ip_network(one)
            for one in cast("list[str]", value)
        )
    if key == "query":
        return all(_asks(visit.query, *one) for one in cast("When", value).items())
    if key == "hours":
        return _in_hours(cast("dict[str, str]", value), now)
    moment = datetime.fromisoformat(cast("str", value))
    return now >= moment if key == "after" else now < moment


def _asks(query: str, name: str, wanted: object) -> bool:
    given = [one.partition("=") for one in query.split("&") if one]
    values = [value for found, _, value in given if found == name]
    if wanted is True:
        return bool(values)
    allowed = wanted if isinstance(wanted, list) else [wanted]
    return any(value in allowed for value in values)


def _in_hours(hours: Mapping[str, str], now: datetime) -> bool:
    """Go back minute by minute on the wall to where the hours began."""
    clock = now.astimezone(ZoneInfo(hours["zone"])).replace(tzinfo=None, second=0)
    end = hours["to"]
    for back in range(24 * 60):
        at = clock - timedelta(minutes=back)
        if f"{at:%H:%M}" == hours["from"]:
            return DAYS[at.weekday()] in hours["days"]
        if f"{at:%H:%M}" == end:
            return False
    raise AssertionError("every time of the day is passed within a day")


def link(rules: list[When]) -> Link:
    """Return a permanent link with *rules*, each with a URL of its own."""
    return Link(
        id=7,
        code="abc1234",
        target="https://example.com/",
        created_at=NOW,
        updated_at=NOW,
        version=2,
        options=LinkOptions(
            redirect_status=RedirectStatus.PERMANENT,
            rules=tuple(
                {"when": when, "url": f"https://{place}.example/"}
                for place, when in enumerate(rules)
            ),
        ),
    )


@settings(deadline=None, max_examples=150)
@given(
    rules=st.lists(conditions, min_size=1, max_size=4),
    visit=visits,
    later=st.integers(0, 100_000),
)
def test_verdicts(rules: list[When], visit: Visit, later: int) -> None:
    """The first rule that holds in the model decides.

    What a browser may remember stays true for as long as it may.
    """
    now = NOW + timedelta(seconds=later)
    plan = plan_of(link(rules))
    assert plan is not None, "rules have to be decided"
    verdict = judge(plan, visit, now)
    expected = next(
        (n for n, when in enumerate(rules) if holds(when, visit, now)), None
    )
    assert verdict.outcome is Outcome.FOLLOW
    assert verdict.rule == expected
    name = "example.com" if expected is None else f"{expected}.example"
    assert verdict.location == f"https://{name}/"
    if seconds := verdict.cache_seconds:
        last = now + timedelta(seconds=seconds - 1)
        for moment in (now + timedelta(seconds=seconds // 2), last):
            for other in (visit, Visit()):
                assert judge(plan, other, moment).location == verdict.location
