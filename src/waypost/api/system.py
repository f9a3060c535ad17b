"""Routes for the operator of the server: health and metrics."""

from functools import partial
from http import HTTPStatus
from typing import Final

from fastapi import APIRouter, Request, Response
from fastapi.responses import PlainTextResponse
from pydantic import BaseModel, Field

from waypost.api.bodies import Body
from waypost.api.context import ApiContext, context_of
from waypost.api.documents.openapi import (
    Document,
    Responses,
    answer_like,
    refusals,
)
from waypost.api.late.route import LateRoute
from waypost.api.responses import response_of
from waypost.http.health import LIVE, health_answer, readiness_answer
from waypost.telemetry.health import Check, HealthState, states_of
from waypost.telemetry.scrape import CONTENT_TYPE

_NO_CODE: Final = "health"
"""What the cache is asked for: no link has it. That it answers is all."""

router = APIRouter(tags=["operations"], route_class=LateRoute)


class HealthBody(Body):
    """The state of this process and of what it needs."""

    status: HealthState = Field(
        description="Whether links can be made and clicks are kept: unhealthy if the "
        "database or the journal is."
    )
    database: HealthState
    journal: HealthState = Field(
        description="The click journal on this process's disk. Without it redirects "
        "go on, and their clicks are lost."
    )
    readers: HealthState = Field(
        description="Those that read the click journal, to count its clicks or to pass "
        "them on: unhealthy if one has clicks to read and has stood still for 90 "
        "seconds. Until it goes on, the journal keeps what it has not read."
    )
    blocklists: HealthState = Field(
        description="The files of `BLOCKLIST_FILES`: unhealthy if one cannot be read; "
        "what was read before applies."
    )
    audit: HealthState = Field(
        description="The files of the audit trail: unhealthy if one lacks an entry "
        "older than a minute, as on a full disk. The database has it all the same, and "
        "changes go on."
    )
    cache: HealthState = Field(
        description="The cache that processes share. Everything goes on without it."
    )


class ProbeBody(Body):
    """The state of this process alone."""

    status: HealthState


class ReadinessBody(ProbeBody):
    """The state of this process, and of what its readiness depends on."""

    checks: dict[str, HealthState] = Field(description="The state of each, by name.")


_WELL: Final = {"status": "healthy"}
_ALL_WELL: Final = {
    **_WELL,
    "database": "healthy",
    "journal": "healthy",
    "readers": "healthy",
    "blocklists": "healthy",
    "audit": "healthy",
    "cache": "healthy",
}
_READY: Final = {**_WELL, "checks": {"journal": "healthy"}}
_NOT: Final = "unhealthy"
_METRICS: Final = 'waypost_redirects_total{found_in="near"} 1204.0\n'


def _answers(
    well: Document, bad: Document, *, body: type[BaseModel], unhealthy: str
) -> Responses:
    """Return FastAPI's `responses` of a route whose 503 says what is *unhealthy*.

    *well* and *bad* are examples of its two answers.
    """
    return {
        HTTPStatus.OK.value: answer_like("well", well),
        **refusals("internal-error"),
        HTTPStatus.SERVICE_UNAVAILABLE.value: {
            "model": body,
            "description": unhealthy,
            **answer_like("not", bad),
        },
    }


@router.get(
    "/health",
    response_model=HealthBody,
    operation_id="health",
    summary="Check whether everything works",
    response_description="Everything works.",
    responses=_answers(
        _ALL_WELL,
        {**_ALL_WELL, "status": _NOT, "database": _NOT},
        body=HealthBody,
        unhealthy="Something that is needed does not answer.",
    ),
)
async def health(request: Request) -> Response:
    """Ask every part that this process uses, and answer within two seconds.

    Without the database nothing new can be made or found; without the journal clicks
    are lost: its folder is gone, the disk is full, or `JOURNAL_MAX_MEGABYTES` is
    reached. Each is 503. More are named, without which everything goes on: the readers
    of the journal, the files of the audit trail, blocklists, and the cache that
    processes share. Where there is no such cache, it is in this process, and as
    healthy as the process itself.
    """
    context = context_of(request)
    states = await states_of(checks_of(context), throttle=context.throttle)
    database, journal = states["database"], states["journal"]
    cache = states.get("cache", HealthState.HEALTHY)
    parts = {
        "database": database,
        "journal": journal,
        "readers": states["readers"],
        "blocklists": _blocklists(context),
        "audit": states["audit"],
        "cache": cache,
    }
    is_well = HealthState.UNHEALTHY not in (database, journal)
    return response_of(health_answer(parts, is_well=is_well))


def _blocklists(context: ApiContext) -> HealthState:
    problem = context.links.blocklists.problem
    return HealthState.UNHEALTHY if problem else HealthState.HEALTHY


@router.get(
    "/livez",
    response_model=ProbeBody,
    operation_id="livez",
    summary="Check whether the process is alive",
    response_description="It is.",
    responses={
        HTTPStatus.OK.value: answer_like("well", _WELL),
        **refusals("internal-error"),
    },
)
async def livez() -> Response:
    """Answer without a check: a process that answers need not be started again."""
    return response_of(LIVE)


@router.get(
    "/readyz",
    response_model=ReadinessBody,
    operation_id="readyz",
    summary="Check whether the process takes traffic",
    response_description="It does.",
    responses=_answers(
        _READY,
        {"status": _NOT, "checks": {"journal": _NOT}},
        body=ReadinessBody,
        unhealthy="It is starting, about to stop, or cannot keep clicks.",
    ),
)
async def readyz(request: Request) -> Response:
    """Answer 503 while the process starts, before it stops, and while it loses clicks.

    The journal is this process's own: another process may still have room for clicks.
    The database does not matter here: while it is away, cached links are
    followed and their clicks recorded. Every process shares it, so that without it
    none would be ready, and visitors would reach no process.
    """
    context = context_of(request)
    checks = await states_of({"journal": context.journal}, throttle=context.throttle)
    keeps_clicks = HealthState.UNHEALTHY not in checks.values()
    is_ready = context.readiness.is_ready and keeps_clicks
    return response_of(readiness_answer(checks, is_ready=is_ready))


@router.get(
    "/metrics",
    operation_id="metrics",
    summary="Report this process's metrics",
    response_description="Metrics in Prometheus' text format.",
    response_class=PlainTextResponse,
    responses={
        HTTPStatus.OK.value: {
            "content": {"text/plain": {"examples": {"some": {"value": _METRICS}}}}
        },
        **refusals("internal-only", "internal-error"),
    },
)
async def metrics(request: Request) -> Response:
    """Return every metric of this process, as it was within the last second.

    For addresses of `INTERNAL_ADDRESSES`, by default those of private networks, and
    for others with `INTERNAL_TOKEN` as bearer.
    """
    context = context_of(request)
    context.internal.check(request.scope)
    page = context.metrics.page
    return Response(page.text(), media_type=CONTENT_TYPE)


def checks_of(context: ApiContext) -> dict[str, Check]:
    """Return what says whether each part of this process works."""
    checks: dict[str, Check] = {
        "database": context.links.storage.ping,
        "journal": context.journal,
        "readers": context.readers,
        "audit": context.audit_files,
    }
    if context.shared is not None:
        checks["cache"] = partial(context.shared.get, _NO_CODE)
    return checks
