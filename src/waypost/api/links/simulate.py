"""`POST /api/v1/links/{code}/simulate`: what a visitor would get, and why."""

from dataclasses import replace
from http import HTTPStatus
from typing import Annotated, Final

from fastapi import APIRouter, Body, Request

from waypost.api.access.guard import KEY_REFUSALS, DomainRoute, needs
from waypost.api.context import context_of
from waypost.api.documents.openapi import answer_like, refusals
from waypost.api.links.routes import Code
from waypost.api.links.shown.outdated import key_in
from waypost.api.links.simulate_bodies import (
    SIMULATION_EXAMPLES,
    VERDICT_EXAMPLE,
    RuleStep,
    Simulation,
    VerdictBody,
)
from waypost.domain.access.scopes import KeyScope
from waypost.domain.links import Link
from waypost.domain.options import RedirectStatus
from waypost.domain.targeting.visits import Visit
from waypost.domain.verdict import (
    Outcome,
    Verdict,
    judge,
    location_of,
    plan_of,
)
from waypost.http.statuses import (
    BODY_REFUSALS,
    ERRORS,
    STORE_REFUSALS,
    TARGET_REFUSALS,
)
from waypost.services.links.edit import LinkEdit, editing
from waypost.services.links.stats import find

CODES: Final = {
    Outcome.DELETED: "link-deleted",
    Outcome.BLOCKED: "link-quarantined",
    Outcome.BLOCKED_BY_LAW: "link-quarantined",
    Outcome.WARNED: "link-quarantined",
    Outcome.PASSWORD_REQUIRED: "password-required",
    Outcome.WRONG_PASSWORD: "wrong-password",
    Outcome.DISABLED: "link-disabled",
    Outcome.NOT_FOUND: "not-found",
    Outcome.NOT_YET_VALID: "link-not-yet-valid",
    Outcome.EXPIRED: "link-expired",
    Outcome.EXHAUSTED: "link-exhausted",
    Outcome.PREFETCH_REFUSED: "prefetch-refused",
    Outcome.REFUSED: "visit-refused",
}
"""Of the refusals that visitors get. Of `SHOWN` there is none: that is a page."""

router = APIRouter(prefix="/api/v1/links", tags=["links"], route_class=DomainRoute)


@router.post(
    "/{code}/simulate",
    operation_id="simulate_visit",
    summary="Find out what a visitor would get",
    response_description="What the visitor would get.",
    responses={
        HTTPStatus.OK.value: answer_like("verdict", VERDICT_EXAMPLE),
        **refusals(
            *KEY_REFUSALS,
            "link-not-found",
            "link-deleted",
            "link-changed",
            *BODY_REFUSALS,
            "option-conflict",
            "invalid-rules",
            *TARGET_REFUSALS,
            "internal-error",
            *STORE_REFUSALS,
        ),
    },
    openapi_extra=needs(KeyScope.LINKS_READ),
)
async def simulate(
    code: Code,
    wanted: Annotated[Simulation, Body(openapi_examples=SIMULATION_EXAMPLES)],
    request: Request,
) -> VerdictBody:
    """Judge a visit as the redirect does, and list the rules that were looked at.

    Nothing is changed or counted. A variant depends on address and user agent.
    """
    links = context_of(request).links
    counted = await find(await key_in(code, request), links=links.storage.links)
    link, now = counted.link, links.clock.now()
    if (patch := wanted.patch) is not None:
        await patch.hash_password(links.passwords)
        edit = LinkEdit(
            url=patch.new_url(),
            options=patch.changes(),
            add_tags=patch.add_tags,
            remove_tags=patch.remove_tags,
            versions=None if patch.version is None else frozenset({patch.version}),
        )
        link = editing(edit, context=links).next_version(link, now)
    plan = plan_of(link, country_of=links.country_of)
    is_spent = replace(counted, link=link).clicks_left == 0
    visit = wanted.visit.visit()._replace(is_spent=is_spent)
    at = wanted.visit.at or now
    if plan is None:
        return _plain(link, visit)
    verdict = judge(plan, visit, at)
    steps = [
        RuleStep(rule=one.rule, name=_name_of(link, one.rule), holds=one.holds)
        for one in (plan.targeting.steps(visit, at) if plan.targeting else ())
    ]
    return _body(verdict, steps if _reaches_rules(verdict) else [])


def _plain(link: Link, visit: Visit) -> VerdictBody:
    """Return what every visitor gets of a link about which nothing is decided."""
    location = location_of(link.target, link.options)
    plain = Verdict(Outcome.FOLLOW, location, RedirectStatus.TEMPORARY)
    return _body(Verdict(Outcome.NOT_FOUND) if visit.path else plain, [])


def _body(verdict: Verdict, steps: list[RuleStep]) -> VerdictBody:
    code = None if verdict.status is not None else CODES.get(verdict.outcome)
    status = verdict.status
    if verdict.outcome is Outcome.BLOCKED_BY_LAW:
        refused = HTTPStatus.UNAVAILABLE_FOR_LEGAL_REASONS
    else:
        refused = ERRORS[code].status if code else HTTPStatus.OK
    decided_by = "state"
    if verdict.outcome in {Outcome.FOLLOW, Outcome.SHOWN, Outcome.REFUSED}:
        decided_by = "url" if verdict.rule is None else "rule"
    return VerdictBody(
        status=status.value if status is not None else refused.value,
        location=verdict.location,
        code=code,
        cache_seconds=verdict.cache_seconds,
        decided_by="variant" if verdict.variant is not None else decided_by,
        rule=verdict.rule,
        variant=verdict.variant,
        counted=verdict.counts,
        steps=steps,
    )


def _reaches_rules(verdict: Verdict) -> bool:
    """Return whether rules were asked, or something before them has decided."""
    return verdict.outcome in {
        Outcome.FOLLOW,
        Outcome.SHOWN,
        Outcome.REFUSED,
        Outcome.WARNED,
        Outcome.NOT_FOUND,
    }


def _name_of(link: Link, rule: int) -> str | None:
    name = link.options.rules[rule].get("name")
    return name if isinstance(name, str) else None
