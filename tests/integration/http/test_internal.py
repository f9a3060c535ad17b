"""What is for operators is refused to others, with the settings that change that."""

from collections.abc import Callable

import httpx
import pytest

from tests.integration.api.conftest import Api
from waypost.adapters.memory.blocks import MemoryBlocks
from waypost.http.asgi import Application
from waypost.http.client_address import TrustedProxies
from waypost.http.internal import PRIVATE_ONLY, InternalAccess
from waypost.http.monitor import MonitorApp
from waypost.keygen.app import KeygenApp
from waypost.keygen.health import KeygenHealth
from waypost.telemetry.health import Readiness
from waypost.telemetry.metrics import Metrics

TOKEN = "the internal token of the tests"
WITH_TOKEN = {"Authorization": f"Bearer {TOKEN}"}
PROXY = "192.168.7.7"


async def _fine() -> None:
    """Answer."""


def app(internal: InternalAccess) -> Application:
    """Return the API, as an app serves it."""
    return Api(internal=internal).create()


def keygen(internal: InternalAccess) -> Application:
    """Return a keygen."""
    return KeygenApp(
        blocks=MemoryBlocks(),
        health=KeygenHealth(database=_fine, nodes=()),
        metrics=Metrics(),
        block_size=10,
        request_timeout_seconds=60,
        internal=internal,
    )


def monitor(internal: InternalAccess) -> Application:
    """Return what processes without another port serve."""
    readiness = Readiness()
    readiness.begin()
    return MonitorApp(
        metrics=Metrics(), readiness=readiness, checks={}, internal=internal
    )


Face = Callable[[InternalAccess], Application]
FACES = [app, keygen, monitor]


async def ask(
    application: Application,
    address: str,
    path: str = "/metrics",
    headers: dict[str, str] | None = None,
) -> httpx.Response:
    """Return the answer to a request from *address*."""
    transport = httpx.ASGITransport(application, client=(address, 4711))
    async with httpx.AsyncClient(
        transport=transport, base_url="http://localhost"
    ) as client:
        if path == "/allocate":
            return await client.post(path, json={"size": 3}, headers=headers)
        return await client.get(path, headers=headers)


@pytest.mark.parametrize("face", FACES)
@pytest.mark.parametrize(
    ("address", "is_let_in"),
    [
        ("127.0.0.1", True),
        ("::1", True),
        ("10.1.2.3", True),
        ("172.31.0.1", True),
        ("192.168.0.1", True),
        ("fd00::1", True),
        ("::ffff:10.1.2.3", True),
        ("172.32.0.1", False),
        ("198.51.100.1", False),
        ("2001:db8::1", False),
        ("::ffff:198.51.100.1", False),
        ("no address", False),
    ],
)
async def test_metrics_are_for_private_networks(
    face: Face, address: str, *, is_let_in: bool
) -> None:
    """Others get 403 that names both settings, and no number; health is for all."""
    application = face(PRIVATE_ONLY)
    answer = await ask(application, address)
    assert answer.status_code == (200 if is_let_in else 403)
    assert ("waypost_" in answer.text) is is_let_in
    if not is_let_in:
        assert answer.json()["code"] == "internal-only"
        for setting in ("INTERNAL_ADDRESSES", "INTERNAL_TOKEN"):
            assert setting in answer.json()["detail"]
    assert (await ask(application, address, "/livez")).status_code == 200


@pytest.mark.parametrize("face", FACES)
async def test_a_token_lets_others_in(face: Face) -> None:
    """The right one, from any address; without addresses, nothing else does."""
    application = face(InternalAccess([], token=TOKEN))
    sent = [
        {},
        {"Authorization": f"Bearer {TOKEN}x"},
        {"Authorization": "Bearer"},
        {"Authorization": f"Basic {TOKEN}"},
        WITH_TOKEN,
    ]
    for address in ("127.0.0.1", "198.51.100.1"):
        statuses = [
            (await ask(application, address, headers=headers)).status_code
            for headers in sent
        ]
        assert statuses == [403] * 4 + [200]


async def test_without_a_token_none_is_right() -> None:
    """An empty bearer is not the token that there is not."""
    headers = {"Authorization": "Bearer "}
    answer = await ask(monitor(InternalAccess([])), "127.0.0.1", headers=headers)
    assert answer.status_code == 403


async def test_a_keygen_leases_to_those_only() -> None:
    """A client that is not let in uses up no ids."""
    application = keygen(InternalAccess(token=TOKEN))
    refused = await ask(application, "198.51.100.1", "/allocate")
    assert (refused.status_code, refused.json()["code"]) == (403, "internal-only")
    leased = await ask(application, "198.51.100.1", "/allocate", WITH_TOKEN)
    assert leased.json() == {"start": 1, "end": 3}
    assert (await ask(application, "10.0.0.1", "/allocate")).status_code == 200


@pytest.mark.parametrize("face", FACES)
async def test_a_proxy_lets_no_visitor_in(face: Face) -> None:
    """Behind a trusted proxy the visitor's address counts, and not what it claims."""
    application = face(InternalAccess(proxies=TrustedProxies([PROXY])))
    for sent, status in (
        ("198.51.100.1", 403),
        ("127.0.0.1, 198.51.100.1", 403),
        ("198.51.100.1, 10.0.0.1", 200),
    ):
        headers = {"X-Forwarded-For": sent}
        assert (await ask(application, PROXY, headers=headers)).status_code == status
    # A client that is no proxy cannot claim to be at home.
    headers = {"X-Forwarded-For": "127.0.0.1"}
    assert (await ask(application, "198.51.100.1", headers=headers)).status_code == 403
