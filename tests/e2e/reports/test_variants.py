"""Reports by variant agree with the redirects that visitors have seen."""

import json
import time
from collections import Counter
from contextlib import ExitStack
from pathlib import Path
from uuid import uuid4

import pytest

from tests.e2e.process import WaypostProcess
from tests.servers import KafkaBroker

pytestmark = pytest.mark.slow

TOKEN = "a token for the tests"
KEY = {"Authorization": f"Bearer {TOKEN}"}
TARGET = "https://example.com/"
VARIANTS = [
    {"name": "b", "url": "https://example.com/b", "weight": 30},
    {"name": "größer", "url": "https://example.com/c", "weight": 20},
]
NAMES = {TARGET: None, **{str(one["url"]): one["name"] for one in VARIANTS}}
CLICKS = 1_000
WAIT_SECONDS = 120.0
SETTINGS = {"ADMIN_TOKEN": TOKEN, "TRUSTED_PROXIES": "127.0.0.1"}


class RowsWorker(WaypostProcess):
    """`waypost run rows`, whose health is on the port of its metrics."""

    health_path = "/readyz"

    def __init__(self, data_dir: Path, settings: dict[str, str]) -> None:
        super().__init__(data_dir, command=("run", "rows"), reports=True)
        self.settings = {**settings, "METRICS_PORT": str(self.port)}


def seen(server: WaypostProcess) -> Counter[object]:
    """Follow the link as many visitors; return how often each variant was got."""
    made = server.request(
        "/api/v1/links",
        body={"url": TARGET, "code": "tried", "variants": VARIANTS},
        headers=KEY,
    )
    assert made[0] == 201, made
    found: Counter[object] = Counter()
    for number in range(CLICKS):
        status, headers, _ = server.request(
            "/tried",
            headers={
                "X-Forwarded-For": f"198.51.{number // 250}.{number % 250}",
                "User-Agent": "Mozilla/5.0 (X11; Linux x86_64) Firefox/140.0",
            },
        )
        assert status == 307
        found[NAMES[headers["location"]]] += 1
    return found


def reported(server: WaypostProcess) -> Counter[object]:
    """Return the clicks of each variant, by the report."""
    status, _, body = server.request(
        "/api/v1/reports/breakdown?by=variant&link=tried&period=all", headers=KEY
    )
    if status == 503:
        return Counter()
    assert status == 200, body
    answer = json.loads(body)
    return Counter({one["value"]: one["clicks"]["all"] for one in answer["data"]})


def agrees(server: WaypostProcess) -> None:
    """Check that the report says what visitors have seen, as soon as all is stored."""
    expected = seen(server)
    assert set(expected) == {None, "b", "größer"}
    deadline = time.monotonic() + WAIT_SECONDS
    while (found := reported(server)).total() < CLICKS:
        assert time.monotonic() < deadline, (found, expected)
        time.sleep(0.3)
    assert found == expected


def test_embedded(tmp_path: Path) -> None:
    """One process: each redirect is in the share of its variant."""
    with WaypostProcess(tmp_path / "data", settings=SETTINGS, reports=True) as server:
        agrees(server)


def test_over_kafka(
    tmp_path: Path, postgres_url: str, redis_url: str, kafka: KafkaBroker
) -> None:
    """The same where clicks travel over Kafka to a worker."""
    topic = f"clicks-{uuid4().hex}"
    settings = {
        **SETTINGS,
        "DATABASE_URL": postgres_url,
        "REDIS_URL": redis_url,
        "KAFKA_BOOTSTRAP_SERVERS": kafka.bootstrap_servers,
        "KAFKA_CLICK_TOPIC": topic,
        "KAFKA_CONSUMER_GROUP": topic,
    }
    app = WaypostProcess(
        tmp_path / "app", settings=settings, command=("run", "app"), reports=True
    )
    with ExitStack() as stack:
        stack.enter_context(app)
        stack.enter_context(RowsWorker(tmp_path / "rows", settings))
        agrees(app)
