"""Routes for those who operate the server: health and metrics."""

import asyncio
from http import HTTPStatus
from typing import Final

import structlog
from fastapi import APIRouter, Request, Response
from fastapi.responses import PlainTextResponse
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest

from waypost.api.context import context_of
from waypost.api.openapi import refusals
from waypost.api.problems import RETRY_AFTER
from waypost.api.schemas import HealthBody, HealthState
from waypost.domain.errors import BackendUnavailable
from waypost.ports.storage import Storage

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
    """Ask every part that this process needs, and answer within two seconds.

    The cache is in this process, and as healthy as the process itself.
    """
    database = await _state_of(context_of(request).storage)
    if database is HealthState.UNHEALTHY:
        response.status_code = HTTPStatus.SERVICE_UNAVAILABLE
        response.headers.update(RETRY_AFTER)
    return HealthBody(status=database, database=database, cache=HealthState.HEALTHY)


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


async def _state_of(storage: Storage) -> HealthState:
    try:
        async with asyncio.timeout(PING_TIMEOUT_SECONDS):
            await storage.ping()
    except (BackendUnavailable, TimeoutError) as error:
        structlog.get_logger().warning("health.database", error=type(error).__name__)
        return HealthState.UNHEALTHY
    return HealthState.HEALTHY
