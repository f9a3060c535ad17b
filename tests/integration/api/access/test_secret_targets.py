"""Who only knows the code of a link does not learn a target that is kept secret."""

import httpx
import pytest

from tests.integration.api.access.test_scopes import bearer, key_with
from tests.integration.api.conftest import AS_ADMIN, Api
from waypost.domain.access.scopes import KeyScope

LINKS = "/api/v1/links"
SECRET = "https://example.com/secret"
STATS = "/api/stats/one"


@pytest.mark.parametrize(
    "options",
    [
        {"password": "swordfish"},
        {"disabled": True},
        {"valid_since": "+7d"},
        {"preview": "off"},
    ],
    ids=str,
)
async def test_statistics_of_a_secret_target(
    api: Api, client: httpx.AsyncClient, options: dict[str, object]
) -> None:
    """They need a key that sees the link, where visitors do not see where it leads."""
    body = {"url": SECRET, "code": "one", **options}
    made = await client.post(LINKS, json=body, headers=AS_ADMIN)
    assert made.status_code == 201, made.text

    without = await client.get(STATS)
    assert (without.status_code, without.json()["code"]) == (401, "not-authenticated")
    assert SECRET not in without.text
    wrong = await client.get(STATS, headers=bearer("wp_wrong"))
    assert wrong.status_code == 401
    maker = bearer(await key_with(api, KeyScope.LINKS_CREATE))
    assert (await client.get(STATS, headers=maker)).status_code == 403
    reader = bearer(await key_with(api, KeyScope.LINKS_READ))
    assert (await client.get(STATS, headers=reader)).json()["original_url"] == SECRET
    stranger = await key_with(api, KeyScope.LINKS_READ, domains=("other.test",))
    assert (await client.get(STATS, headers=bearer(stranger))).status_code == 404


async def test_statistics_of_a_link_in_quarantine(client: httpx.AsyncClient) -> None:
    """They do not spread what visitors are kept from."""
    body = {"url": SECRET, "code": "one"}
    await client.post(LINKS, json=body, headers=AS_ADMIN)
    assert (await client.get(STATS)).json()["original_url"] == SECRET
    block = {"mode": "block", "reason": "phishing"}
    await client.put(f"{LINKS}/one/quarantine", json=block, headers=AS_ADMIN)
    assert (await client.get(STATS)).status_code == 401
