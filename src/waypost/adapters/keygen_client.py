"""Blocks of ids from a keygen service."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Final

import httpx
import msgspec

from waypost.domain.codes import IdBlock
from waypost.domain.errors import BackendUnavailable
from waypost.telemetry.health import HealthState
from waypost.wire.id_lease import decode_lease, encode_request

IDLE_SECONDS: Final = 5.0
"""How long a connection is kept for the next lease; keygen keeps it for longer, so
that it does not close one that is about to be used."""

_JSON: Final = {"content-type": "application/json"}


class _Health(msgspec.Struct):
    status: HealthState


@asynccontextmanager
async def open_client(
    *, timeout_seconds: float, token: str = ""
) -> AsyncIterator[httpx.AsyncClient]:
    """Open the connections to keygen services; each step takes *timeout_seconds*.

    *token* is sent as bearer, unless it is empty.
    """
    client = httpx.AsyncClient(
        headers={"authorization": f"Bearer {token}"} if token else None,
        timeout=timeout_seconds,
        limits=httpx.Limits(keepalive_expiry=IDLE_SECONDS),
        # Proxies of the environment are not meant for services of the same network.
        trust_env=False,
    )
    async with client:
        yield client


class KeygenBlocks:
    """Leases blocks from the keygen service at *url*."""

    def __init__(self, client: httpx.AsyncClient, *, url: str) -> None:
        self._client = client
        self._address = f"{url.rstrip('/')}/allocate"

    async def lease(self, size: int) -> IdBlock:
        """Return *size* ids.

        Raises:
            BackendUnavailable: The service does not answer, or its answer is wrong.
        """
        try:
            answer = await self._client.post(
                self._address, content=encode_request(size), headers=_JSON
            )
            answer.raise_for_status()
            lease = decode_lease(answer.content)
        except (httpx.HTTPError, ValueError) as error:
            raise BackendUnavailable from error
        if lease.start < 1 or lease.end - lease.start + 1 != size:
            raise BackendUnavailable(
                "A keygen service has sent an answer that is not a block of ids."
            )
        return IdBlock(start=lease.start, end=lease.end)


async def is_well(client: httpx.AsyncClient, *, url: str) -> bool:
    """Return whether the keygen service at *url* reports that it is ready.

    Raises:
        BackendUnavailable: It does not answer, or is not a keygen service.
    """
    try:
        answer = await client.get(f"{url.rstrip('/')}/health")
        health = msgspec.json.decode(answer.content, type=_Health)
    except (httpx.HTTPError, msgspec.MsgspecError, UnicodeDecodeError) as error:
        raise BackendUnavailable from error
    return health.status is HealthState.HEALTHY
