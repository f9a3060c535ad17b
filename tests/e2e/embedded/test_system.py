"""`GET /api/v1/system` of a real server agrees with what was sent to it."""

import json
import time
from pathlib import Path

import pytest

from tests.e2e.process import WaypostProcess

pytestmark = pytest.mark.slow

TOKEN = "a token for the tests"
CLICKS = 200
WAIT_SECONDS = 60.0


def test_the_proof(tmp_path: Path) -> None:
    """Recorded is what was answered, and at any moment the sum of the rest."""
    named = {"ADMIN_TOKEN": TOKEN}
    headers = {"Authorization": f"Bearer {TOKEN}"}
    with WaypostProcess(tmp_path / "data", settings=named) as server:

        def seen() -> dict[str, int]:
            status, _, body = server.request("/api/v1/system", headers=headers)
            assert status == 200, body
            answer = json.loads(body)
            assert answer["mode"] == "embedded"
            assert set(answer["health"].values()) == {"healthy"}
            assert answer["warnings"] == []
            assert 0 < answer["journal"]["bytes"] < answer["journal"]["limit_bytes"]
            clicks: dict[str, int] = answer["clicks"]
            recorded, *others = clicks.values()
            assert recorded == sum(others)
            return clicks

        code = server.shorten("https://example.com/")
        for number in range(1, CLICKS + 1):
            assert server.request(f"/{code}")[0] == 307
            if number % 50 == 0:
                assert seen()["recorded"] == number
        deadline = time.monotonic() + WAIT_SECONDS
        while seen()["pending"]:
            assert time.monotonic() < deadline
            time.sleep(0.1)
        done = {"recorded": CLICKS, "counted": CLICKS, "pending": 0, "lost": 0}
        assert seen() == done
        assert server.clicks(code) == CLICKS
        assert server.request("/api/v1/system")[0] == 401
