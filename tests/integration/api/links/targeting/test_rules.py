"""Rules and variants over HTTP: made, changed, and refused field by field."""

import httpx
import pytest

from tests.integration.api.conftest import AS_ADMIN, BASE_URL
from tests.integration.api.links.test_options import LINKS, make, patch

RULE = {"when": {"country": "ch"}, "url": "https://example.com/ch"}


async def test_rules_are_answered_in_one_form(client: httpx.AsyncClient) -> None:
    """All fields are there, values are lists, and moments are moments."""
    made = (await make(client, rules=[RULE])).json()
    assert made["rules"] == [
        {
            "name": None,
            "when": {"country": ["CH"]},
            "url": "https://example.com/ch",
            "variants": [],
        }
    ]
    assert made["version"] == 2


async def test_each_wrong_field_is_named(client: httpx.AsyncClient) -> None:
    """With a pointer into the body and a code, and nothing is stored."""
    answer = await make(
        client,
        code="wrong",
        rules=[
            {"when": {"country": ["CH", "XX"]}, "url": "https://example.com/ch"},
            {"when": {"os": ["ios"]}, "url": "javascript:alert(1)"},
        ],
        variants=[{"name": "b", "url": "https://example.com/b", "weight": 101}],
    )
    body = answer.json()
    assert (answer.status_code, body["code"]) == (422, "invalid-rules")
    assert [(one["pointer"], one["code"]) for one in body["errors"]] == [
        ("/rules/0/when/country/1", "unknown-country"),
        ("/rules/1/url", "target-scheme-not-allowed"),
        ("/variants/0/weight", "invalid-weight"),
    ]
    assert body["errors"][0]["field"] == "rules.0.when.country.1"
    assert body["errors"][0]["message"].startswith("'XX' is no country")
    read = await client.get(f"{LINKS}/wrong", headers=AS_ADMIN)
    assert read.status_code == 404


@pytest.mark.parametrize("place", ["rule", "variant", "variant of a rule"])
async def test_no_url_leads_back_here(client: httpx.AsyncClient, place: str) -> None:
    """A link of this server is no target, wherever it is written."""
    own = f"{BASE_URL}/abc1234"
    variant = {"name": "b", "url": own, "weight": 10}
    bodies: dict[str, dict[str, object]] = {
        "rule": {"rules": [RULE | {"url": own}]},
        "variant": {"variants": [variant]},
        "variant of a rule": {"rules": [RULE | {"variants": [variant]}]},
    }
    answer = await make(client, **bodies[place])
    assert answer.status_code == 422
    assert [one["code"] for one in answer.json()["errors"]] == ["target-own-link"]


async def test_a_large_link_is_refused(client: httpx.AsyncClient) -> None:
    """Rules are held in memory by every process."""
    rule = {"when": {"query": {"a": ["x" * 250] * 99}}, "url": "https://example.com/"}
    assert (await make(client, rules=[rule])).status_code == 201
    answer = await make(client, rules=[rule] * 2)
    assert answer.status_code == 422
    assert [one["code"] for one in answer.json()["errors"]] == ["too-large"]


async def test_a_change_keeps_rules_that_were_not_named(
    client: httpx.AsyncClient,
) -> None:
    """And a new list replaces all of them."""
    code = (await make(client, rules=[RULE])).json()["code"]
    renamed = (await patch(client, code, {"title": "x"})).json()
    assert len(renamed["rules"]) == 1
    replaced = (await patch(client, code, {"rules": [RULE, RULE]})).json()
    assert len(replaced["rules"]) == 2
    refused = await patch(client, code, {"rules": [RULE | {"when": {}}]})
    assert refused.json()["errors"][0]["pointer"] == "/rules/0/when"


async def test_utm_fits_into_every_url(client: httpx.AsyncClient) -> None:
    """One that would be too long with it is refused, in a rule as well."""
    long = RULE | {"url": "https://example.com/" + "x" * 8_100}
    answer = await make(client, rules=[long], utm={"source": "x" * 200})
    assert (answer.status_code, answer.json()["code"]) == (422, "option-conflict")
