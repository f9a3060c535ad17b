"""Routes for those who operate the server: health and metrics."""

import asyncio
from collections.abc import Awaitable, Callable
from functools import partial
from http import HTTPStatus
from typing import Final

import structlog
from fastapi import APIRouter, Request, Response
from fastapi.responses import PlainTextResponse
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest

from waypost.api.context import context_of
from waypost.api.openapi import refusals
from waypost.api.problems import RETRY_AFTER
from waypost.api.schemas import HealthBody, HealthState, ProbeBody
from waypost.domain.errors import BackendUnavailable
from waypost.ports.caching import SharedCache

PING_TIMEOUT_SECONDS: Final = 2.0

router = APIRouter(tags=["operations"])


@router.get(
    "/health",
    operation_id="health",
    summary="Tell whether everything works",
    response_description="Everything works.",
    responses={
        **refusals("internal-error"),
        HTTPStatus.SERVICE_UNAVAILABLE.value: {
            "model": HealthBody,
            "description": "Something that is needed does not answer.",
        },
    },
)
async def health(request: Request, response: Response) -> HealthBody:
    """Ask every part that this process uses, and answer within two seconds.

    Without the database nothing new can be made or found, and that is 503. The cache
    that processes share is told as well; without it everything goes on. Where there
    is none, the cache is in this process, and as healthy as the process itself.
    """
    context = context_of(request)
    database, cache = await asyncio.gather(
        _state_of("database", context.storage.ping), _state_of_cache(context.shared)
    )
    if database is HealthState.UNHEALTHY:
        response.status_code = HTTPStatus.SERVICE_UNAVAILABLE
        response.headers.update(RETRY_AFTER)
    return HealthBody(status=database, database=database, cache=cache)


@router.get(
    "/livez",
    operation_id="livez",
    summary="Tell whether the process is there",
    response_description="It is.",
    responses=refusals("internal-error"),
)
async def livez() -> ProbeBody:
    """Answer, and ask nobody: a process that answers need not be started again."""
    return ProbeBody(status=HealthState.HEALTHY)


@router.get(
    "/readyz",
    operation_id="readyz",
    summary="Tell whether the process takes traffic",
    response_description="It does.",
    responses={
        **refusals("internal-error"),
        HTTPStatus.SERVICE_UNAVAILABLE.value: {
            "model": ProbeBody,
            "description": "It is starting, or about to stop.",
        },
    },
)
async def readyz(request: Request, response: Response) -> ProbeBody:
    """Answer 503 while the process starts, and before it stops.

    The database has no say in it: while it is away, links that are held ready are
    followed and their clicks recorded. Every process shares it, so that without it
    none would be ready, and visitors would reach nobody.
    """
    if context_of(request).readiness.is_ready:
        return ProbeBody(status=HealthState.HEALTHY)
    response.status_code = HTTPStatus.SERVICE_UNAVAILABLE
    response.headers.update(RETRY_AFTER)
    return ProbeBody(status=HealthState.UNHEALTHY)


@router.get(
    "/metrics",
    operation_id="metrics",
    summary="Report this process's metrics",
    response_description="Metrics in Prometheus' text format.",
    response_class=PlainTextResponse,
    responses=refusals("internal-error"),
)
async def metrics(request: Request) -> Response:
    """Return every metric of this process."""
    registry = context_of(request).metrics.registry
    return Response(generate_latest(registry), media_type=CONTENT_TYPE_LATEST)


async def _state_of_cache(shared: SharedCache | None) -> HealthState:
    if shared is None:
        return HealthState.HEALTHY
    # Asked for a word that is never a code: it answers, that is all.
    return await _state_of("cache", partial(shared.get, "health"))


async def _state_of(part: str, ask: Callable[[], Awaitable[object]]) -> HealthState:
    try:
        async with asyncio.timeout(PING_TIMEOUT_SECONDS):
            await ask()
    except (BackendUnavailable, TimeoutError) as error:
        kind = type(error).__name__
        structlog.get_logger().warning(f"health.{part}", error=kind)
        return HealthState.UNHEALTHY
    return HealthState.HEALTHY
