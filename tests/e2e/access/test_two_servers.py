"""Keys over several servers: what one revokes, the others refuse soon."""

import json
import time
from pathlib import Path

from tests.e2e.process import WaypostProcess

TOKEN = "the admin token of this test"


def me(server: WaypostProcess, key: str) -> int:
    """Return the status of the answer to *key*."""
    return server.request("/api/v1/me", headers={"X-API-Key": key})[0]


def test_a_revocation_acts_everywhere(
    tmp_path: Path, migrated_postgres_url: str
) -> None:
    """At once on the server that revokes, and on another one without a message."""
    settings = {
        "DATABASE_URL": migrated_postgres_url,
        "ADMIN_TOKEN": TOKEN,
        "REPORTS": "false",
    }
    admin = {"Authorization": f"Bearer {TOKEN}"}
    with (
        WaypostProcess(tmp_path / "one", settings=settings) as one,
        WaypostProcess(tmp_path / "two", settings=settings) as two,
    ):
        body: dict[str, object] = {"name": "shop", "scopes": ["links:read"]}
        status, _, made = one.request("/api/v1/keys", body=body, headers=admin)
        assert status == 201, made
        key = json.loads(made)
        assert [me(server, key["key"]) for server in (one, two)] == [200, 200]

        address = f"/api/v1/keys/{key['id']}"
        assert one.request(address, method="DELETE", headers=admin)[0] == 204
        assert me(one, key["key"]) == 401
        deadline = time.monotonic() + 60
        while me(two, key["key"]) != 401:
            assert time.monotonic() < deadline
            time.sleep(0.1)

        # With its last moment the use that a server noted is written down.
        two.stop()
        read = json.loads(one.request(address, headers=admin)[2])
        assert read["last_used_at"] is not None
        for server in (one, two):
            assert key["key"] not in server.log.read_text()
