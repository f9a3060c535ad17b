"""Where an app leases its ids: from keygen services, or from the database itself."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Final

from waypost.config import Settings
from waypost.ports.blocks import BlockSource
from waypost.services.ids.lease import Candidate, FirstAvailable
from waypost.telemetry.metrics import Metrics

KEYGEN_SECONDS: Final = 1.0
"""How long a keygen service may take before the next one is asked."""


@asynccontextmanager
async def open_id_source(
    settings: Settings, *, database: BlockSource, metrics: Metrics
) -> AsyncIterator[BlockSource]:
    """Open the keygen services of *settings*; *database* is the last resort.

    Both lease from the same counter in the end, so their blocks never overlap.
    """
    urls = keygen_urls(settings)
    if not urls:
        yield database
        return
    # Here, because an app without keygen does without the HTTP client.
    from waypost.adapters.keygen_client import KeygenBlocks, open_client

    async with open_client(
        timeout_seconds=KEYGEN_SECONDS, token=settings.INTERNAL_TOKEN
    ) as client:
        services = [
            Candidate(
                name=f"keygen_{number}",
                source=KeygenBlocks(client, url=url),
                timeout_seconds=KEYGEN_SECONDS,
            )
            for number, url in enumerate(urls, 1)
        ]
        last_resort = Candidate(
            name="database",
            source=database,
            timeout_seconds=settings.DATABASE_TIMEOUT_SECONDS,
        )
        yield FirstAvailable([*services, last_resort], metrics=metrics)


def keygen_urls(settings: Settings) -> list[str]:
    """Return the URLs of `KEYGEN_SERVICE_URL`, in the order in which they are asked."""
    urls = [url.strip() for url in settings.KEYGEN_SERVICE_URL.split(",")]
    return [url for url in urls if url]
