"""What a visitor would get is judged as the redirect judges it."""

import httpx
import pytest

from tests.integration.api.conftest import AS_ADMIN
from tests.integration.api.links.test_options import LINKS, TARGET, make
from waypost.api.links.simulate import CODES
from waypost.domain.verdict import Outcome
from waypost.edge.answers import REFUSALS
from waypost.http.statuses import ERRORS

RULES = [
    {"name": "No", "when": {"query": {"stop": True}}, "url": None},
    {"when": {"country": ["CH"], "language": ["de"]}, "url": "https://example.com/ch"},
    {"when": {"after": "2126-01-01T00:00:00Z"}, "url": "https://example.com/later"},
]
VARIANTS = [{"name": "b", "url": "https://example.com/b", "weight": 100}]


async def simulated(
    client: httpx.AsyncClient, code: str, body: dict[str, object]
) -> dict[str, object]:
    """Return the verdict."""
    answer = await client.post(f"{LINKS}/{code}/simulate", json=body, headers=AS_ADMIN)
    assert answer.status_code == 200, answer.text
    verdict: dict[str, object] = answer.json()
    return verdict


@pytest.mark.parametrize(
    ("visit", "expected", "steps"),
    [
        ({}, (307, TARGET, None, "url", None), [False] * 3),
        (
            {"country": "ch", "language": "de-CH"},
            (307, "https://example.com/ch", None, "rule", 1),
            [False, True],
        ),
        ({"query": "?stop"}, (403, None, "visit-refused", "rule", 0), [True]),
        (
            {"at": "2126-01-01T00:00:00Z"},
            (307, "https://example.com/later", None, "rule", 2),
            [False, False, True],
        ),
        ({"path": "more"}, (404, None, "not-found", "state", None), [False] * 3),
    ],
)
async def test_rules(
    client: httpx.AsyncClient,
    visit: dict[str, object],
    expected: tuple[object, ...],
    steps: list[bool],
) -> None:
    """The verdict says what decided, and which rules were looked at."""
    code = (await make(client, rules=RULES)).json()["code"]
    verdict = await simulated(client, code, {"visit": visit})
    names = ("status", "location", "code", "decided_by", "rule")
    assert tuple(verdict[name] for name in names) == expected
    assert verdict["steps"] == [
        {"rule": place, "name": "No" if place == 0 else None, "holds": holds}
        for place, holds in enumerate(steps)
    ]
    assert verdict["counted"] is (expected[0] == 307)


async def test_variants(client: httpx.AsyncClient) -> None:
    """They are named."""
    code = (await make(client, variants=VARIANTS)).json()["code"]
    verdict = await simulated(client, code, {"visit": {"ip": "203.0.113.7"}})
    assert (verdict["decided_by"], verdict["variant"]) == ("variant", "b")
    assert verdict["location"] == "https://example.com/b"


async def test_a_change_that_is_not_made(client: httpx.AsyncClient) -> None:
    """The verdict is on the link as it would be, and the link stays."""
    made = (await make(client)).json()
    plain = await simulated(client, made["code"], {})
    assert (plain["location"], plain["decided_by"]) == (TARGET, "url")
    patched = await simulated(client, made["code"], {"patch": {"rules": RULES[:1]}})
    assert patched["steps"] == [{"rule": 0, "name": "No", "holds": False}]
    off = await simulated(client, made["code"], {"patch": {"disabled": True}})
    assert (off["status"], off["code"]) == (410, "link-disabled")
    read = await client.get(f"{LINKS}/{made['code']}", headers=AS_ADMIN)
    assert read.json() == made


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ({"visit": {"country": "CHE"}}, 422),
        ({"visit": {"ip": "nowhere"}}, 422),
        ({"visit": {"at": "soon"}}, 422),
        ({"visit": {"agent": "x"}}, 422),
        ({"patch": {"rules": [{}]}}, 422),
        ({"patch": {"version": 9}}, 409),
    ],
)
async def test_refusals(
    client: httpx.AsyncClient, body: dict[str, object], status: int
) -> None:
    """What cannot be judged is refused."""
    code = (await make(client)).json()["code"]
    answer = await client.post(f"{LINKS}/{code}/simulate", json=body, headers=AS_ADMIN)
    assert answer.status_code == status


def test_refusals_of_visitors() -> None:
    """Each has the status that the edge answers."""
    assert CODES.keys() == set(Outcome) - {Outcome.FOLLOW, Outcome.SHOWN}
    for outcome, refusal in REFUSALS.items():
        if outcome is not Outcome.BLOCKED_BY_LAW:
            assert ERRORS[CODES[outcome]].status == refusal.problem.status
