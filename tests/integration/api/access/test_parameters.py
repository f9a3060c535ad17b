"""Queries of calls that take no parameters."""

import httpx
import pytest

from tests.integration.api.conftest import AS_ADMIN, Api
from waypost.api.access.guard import GuardedRoute

LINKS = "/api/v1/links"


async def test_no_call_ignores_what_it_does_not_know(
    api: Api, client: httpx.AsyncClient
) -> None:
    """A mistyped parameter is refused by every call of the API with a key."""
    ignoring = []
    for route in api.create().router.routes:
        if not isinstance(route, GuardedRoute) or route.path == "/api/shorten":
            continue
        for method in route.methods or set():
            path = route.path.replace("{id}", "1").replace("{code}", "a")
            answer = await client.request(
                method, f"{path}?dryrun=true", content=b"{}", headers=AS_ADMIN
            )
            # Those with parameters look at them after the link or the body.
            has_some = "'in': 'query'" in str(route.openapi_extra)
            if answer.json().get("code") != "unknown-parameter" and not (
                has_some and answer.is_client_error
            ):
                ignoring.append((method, route.path, answer.text[:60]))
    assert not ignoring


@pytest.mark.parametrize(
    ("query", "says"),
    [("dryrun=true", "Did you mean dry_run?"), ("purge=true", "no parameter purge")],
)
async def test_a_mistyped_dry_run_deletes_nothing(
    client: httpx.AsyncClient, query: str, says: str
) -> None:
    """The link stays, and the refusal says what was probably meant."""
    await client.post(LINKS, json={"url": "https://a.example", "code": "kept"})
    refused = await client.request("DELETE", f"{LINKS}/kept?{query}", headers=AS_ADMIN)
    assert refused.status_code == 422
    assert says in refused.json()["detail"]
    link = await client.get(f"{LINKS}/kept", headers=AS_ADMIN)
    assert link.json()["state"] == "active"


async def test_a_link_is_read_with_fields_alone(client: httpx.AsyncClient) -> None:
    """Another parameter beside them is refused."""
    await client.post(LINKS, json={"url": "https://a.example", "code": "one"})
    read = f"{LINKS}/one?fields=code"
    assert (await client.get(read, headers=AS_ADMIN)).json() == {"code": "one"}
    refused = await client.get(f"{read}&feilds=url", headers=AS_ADMIN)
    assert refused.json()["code"] == "unknown-parameter"
