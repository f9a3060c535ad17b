"""`GET /api/v1/system`: what this process is, and the proof that no click is lost."""

from http import HTTPStatus
from typing import Final

from fastapi import APIRouter, Request

from waypost.api.access.guard import KEY_REFUSALS, GuardedRoute, needs
from waypost.api.context import SystemFacts, context_of
from waypost.api.documents.openapi import answer_like, refusals
from waypost.api.operations.bodies import (
    SYSTEM_EXAMPLE,
    ClicksOfSystem,
    JournalOfSystem,
    SystemBody,
)
from waypost.api.system import checks_of
from waypost.domain.access.scopes import KeyScope
from waypost.domain.errors import FeatureOff
from waypost.http.statuses import STORE_REFUSALS
from waypost.services.proof import ClickProof, proof_of
from waypost.telemetry.health import HealthState, states_of

_NEARLY_FULL: Final = 0.8

router = APIRouter(tags=["operations"], route_class=GuardedRoute)


@router.get(
    "/api/v1/system",
    operation_id="get_system",
    summary="Prove that no click is lost",
    response_description="What this process is, and how its clicks stand.",
    responses={
        HTTPStatus.OK.value: answer_like("system", SYSTEM_EXAMPLE),
        **refusals(*KEY_REFUSALS, "feature-off", "internal-error", *STORE_REFUSALS),
    },
    openapi_extra=needs(KeyScope.ADMIN),
)
async def get_system(request: Request) -> SystemBody:
    """Compare the clicks that this process has recorded with those that are counted.

    Of several servers each speaks of its own clicks since its start;
    `waypost doctor` looks at what is left of journals before.
    """
    context = context_of(request)
    system = context.system
    if system is None:
        raise FeatureOff("This process has no click journal of its own.")
    proof = await proof_of(
        system.journal, storage=context.links.storage, gaps=system.gaps
    )
    health = await states_of(checks_of(context), throttle=context.throttle)
    journal = JournalOfSystem(
        bytes=system.journal.bytes(),
        limit_bytes=system.journal.limit_bytes,
        readers=system.journal.unread(),
    )
    return SystemBody(
        version=system.version,
        mode=system.mode,
        health=health,
        clicks=ClicksOfSystem(
            recorded=proof.recorded,
            counted=proof.counted,
            pending=proof.pending,
            lost=proof.lost,
        ),
        journal=journal,
        warnings=_warnings(proof, health, system),
    )


def _warnings(
    proof: ClickProof, health: dict[str, HealthState], system: SystemFacts
) -> list[str]:
    warnings = [
        f"{name} is unhealthy: the log says why."
        for name, state in health.items()
        if state is HealthState.UNHEALTHY
    ]
    if proof.lost:
        warnings.append(
            f"{proof.lost:,} clicks are missing: `waypost missing` lists them."
        )
    if system.journal.bytes() > _NEARLY_FULL * system.journal.limit_bytes:
        warnings.append("The click journal is nearly full: a reader stands still.")
    return warnings
