"""What clients of the reference system rely on over HTTP, in both modes.

Health, creating, redirecting and statistics, as that system answers them. Statistics
are asked right after the clicks, and without any pause.
"""

from collections.abc import Iterator

import httpx
import pytest
from cluster.local import Cluster
from cluster.servers.programs import MissingServerError
from cluster.topology import Size

from tests.e2e.installation import wait_until
from tests.e2e.process import WaypostProcess

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module", params=["embedded", "distributed"])
def url(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[str]:
    """Where a server answers: alone, or with PostgreSQL, Redis, Kafka and workers."""
    folder = tmp_path_factory.mktemp(request.param)
    if request.param == "embedded":
        with WaypostProcess(folder / "data") as server:
            yield server.url
        return
    try:
        cluster = Cluster(folder, size=Size(apps=1, keygens=1, ingests=1, rows=0))
    except MissingServerError as error:
        pytest.skip(str(error))
    with cluster:
        url = f"http://127.0.0.1:{cluster.topology.apps[0].port}"
        wait_until_clicks_are_counted(url)
        yield url


def wait_until_clicks_are_counted(url: str) -> None:
    """Return once the ingest worker takes part in Kafka's group, and counts."""
    with httpx.Client(base_url=url, timeout=60, trust_env=False) as client:
        code = code_of(client, "https://example.com/")
        client.get(f"/{code}")
        wait_until(lambda: client.get(f"/api/stats/{code}").json()["clicks"] == 1)


@pytest.fixture
def client(url: str) -> Iterator[httpx.Client]:
    """A client that follows no redirects."""
    with httpx.Client(base_url=url, timeout=60, trust_env=False) as client:
        yield client


def create(
    client: httpx.Client, target: str, code: str | None = None
) -> httpx.Response:
    """Ask for a link."""
    body = {"url": target} if code is None else {"url": target, "custom_code": code}
    return client.post("/api/shorten", json=body)


def code_of(client: httpx.Client, target: str) -> str:
    """Create a link, and return its code."""
    code: str = create(client, target).json()["short_code"]
    return code


def test_health(client: httpx.Client) -> None:
    """Three states, all healthy."""
    answer = client.get("/health")
    assert answer.status_code == 200
    for part in ("status", "database", "cache"):
        assert answer.json()[part] == "healthy"


def test_a_new_link(client: httpx.Client) -> None:
    """The target as it was typed, a code of seven characters, no clicks."""
    answer = create(client, "https://www.google.com")
    assert answer.status_code == 201
    link = answer.json()
    assert link.keys() == {
        *("id", "short_code", "original_url", "short_url"),
        *("clicks", "created_at", "updated_at"),
    }
    assert link["original_url"] == "https://www.google.com"
    assert len(link["short_code"]) == 7
    assert link["short_url"].endswith(f"/{link['short_code']}")
    assert link["clicks"] == 0


@pytest.mark.parametrize("target", ["not-a-url", ""])
def test_no_url(client: httpx.Client, target: str) -> None:
    """What is not a URL is refused."""
    assert create(client, target).status_code == 422


def test_a_chosen_code(client: httpx.Client) -> None:
    """It is the link's code."""
    answer = create(client, "https://www.github.com", "mycode")
    assert answer.status_code == 201
    assert answer.json()["short_code"] == "mycode"


def test_a_code_that_is_taken(client: httpx.Client) -> None:
    """The second one is refused."""
    assert create(client, "https://www.github.com", "taken1").status_code == 201
    assert create(client, "https://www.example.com", "taken1").status_code == 409


@pytest.mark.parametrize("code", ["ab", "a" * 21, "my-code!"])
def test_no_code(client: httpx.Client, code: str) -> None:
    """Codes have three to twenty letters or digits."""
    assert create(client, "https://www.github.com", code).status_code == 422


def test_many_links(client: httpx.Client) -> None:
    """Each has a code of its own."""
    targets = ["https://www.google.com", "https://www.github.com", "https://python.org"]
    assert len({code_of(client, target) for target in targets}) == 3


def test_a_redirect(client: httpx.Client) -> None:
    """It leads where it was typed to lead."""
    code = code_of(client, "https://www.google.com")
    answer = client.get(f"/{code}")
    assert answer.status_code == 307
    assert answer.headers["location"] == "https://www.google.com"


def test_a_redirect_of_a_chosen_code(client: httpx.Client) -> None:
    """It leads there as well."""
    create(client, "https://www.github.com", "ghub")
    answer = client.get("/ghub")
    assert answer.status_code == 307
    assert answer.headers["location"] == "https://www.github.com"


@pytest.mark.parametrize("path", ["/nonexistent", "/api/stats/nonexistent"])
def test_an_unknown_code(client: httpx.Client, path: str) -> None:
    """Nothing is there."""
    assert client.get(path).status_code == 404


def test_statistics_of_a_new_link(client: httpx.Client) -> None:
    """The fields of the link, without clicks."""
    link = create(client, "https://www.google.com").json()
    answer = client.get(f"/api/stats/{link['short_code']}")
    assert answer.status_code == 200
    assert answer.json() == link


@pytest.mark.parametrize("clicks", [3, 5])
def test_statistics_right_after_clicks(client: httpx.Client, clicks: int) -> None:
    """Every click that was answered is in them."""
    code = code_of(client, "https://www.python.org")
    for _ in range(clicks):
        assert client.get(f"/{code}").status_code == 307
    answer = client.get(f"/api/stats/{code}")
    assert answer.status_code == 200
    assert answer.json()["clicks"] == clicks
