"""What a visitor of a link gets: decided here for every way in which one may come.

A link is compiled to a plan once, and the plan is judged at each visit. Most links
have no plan: nothing about them depends on the visit or the moment.
"""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Final, NamedTuple

from waypost.domain.links import Link
from waypost.domain.options import RedirectStatus
from waypost.domain.urls.queries import add_query

PERMANENT_SECONDS: Final = 3_600
"""How long a browser may remember a permanent redirect: a change of the link reaches
everybody within an hour."""


class Outcome(StrEnum):
    """What becomes of a visit."""

    FOLLOW = "follow"
    """The visitor is sent to the target."""
    DELETED = "deleted"
    DISABLED = "disabled"
    NOT_YET_VALID = "not-yet-valid"
    EXPIRED = "expired"
    """With a location if the link names where visitors go instead."""


class LinkState(StrEnum):
    """What a link is at a moment, in a word for those who look after it."""

    ACTIVE = "active"
    SCHEDULED = "scheduled"
    EXPIRED = "expired"
    DISABLED = "disabled"
    DELETED = "deleted"


class Visit(NamedTuple):
    """What a verdict may depend on besides the moment.

    A tuple, as a verdict is: one of each is made for every visit.
    """

    query: str = ""
    """The query of the request, without its question mark."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """What has to be decided about a link at each visit."""

    target: str
    is_deleted: bool
    disabled: bool
    valid_since: datetime | None
    valid_until: datetime | None
    expired_url: str | None
    redirect_status: RedirectStatus
    forward_query: bool


class Verdict(NamedTuple):
    """The answer to a visit."""

    outcome: Outcome
    location: str | None = None
    """Where the visitor is sent; None: nowhere."""
    status: RedirectStatus | None = None
    """With which status, if the visitor is sent on."""
    cache_seconds: int = 0
    """How long the visitor's browser may remember the redirect; 0: not at all."""

    @property
    def counts(self) -> bool:
        """Whether the visit is a click: the visitor comes to the link's target."""
        return self.outcome is Outcome.FOLLOW


def plan_of(link: Link) -> Plan | None:
    """Return what has to be decided about *link*; None: it is always followed."""
    options = link.options
    plan = Plan(
        target=link.target,
        is_deleted=link.deleted_at is not None,
        disabled=options.disabled,
        valid_since=options.valid_since,
        valid_until=options.valid_until,
        expired_url=options.expired_url,
        redirect_status=options.redirect_status,
        forward_query=options.forward_query,
    )
    return None if plan == _nothing_to_decide(link.target) else plan


def judge(plan: Plan, visit: Visit, now: datetime) -> Verdict:
    """Return what the visitor of a link with *plan* gets at the moment *now*."""
    state = _state(plan, now)
    if state is LinkState.ACTIVE:
        location = plan.target
        if plan.forward_query and visit.query:
            location = add_query(location, visit.query)
        status = plan.redirect_status
        seconds = _cache_seconds(plan, now) if status.is_permanent else 0
        return Verdict(Outcome.FOLLOW, location, status, seconds)
    if state is LinkState.EXPIRED and plan.expired_url is not None:
        return Verdict(Outcome.EXPIRED, plan.expired_url, RedirectStatus.FOUND)
    return Verdict(_REFUSALS[state])


def state_of(link: Link, now: datetime) -> LinkState:
    """Return what *link* is at the moment *now*."""
    plan = plan_of(link)
    return LinkState.ACTIVE if plan is None else _state(plan, now)


_REFUSALS: Final = {
    LinkState.DELETED: Outcome.DELETED,
    LinkState.DISABLED: Outcome.DISABLED,
    LinkState.SCHEDULED: Outcome.NOT_YET_VALID,
    LinkState.EXPIRED: Outcome.EXPIRED,
}


def _state(plan: Plan, now: datetime) -> LinkState:
    # In this order: what is said first is what is true for longest.
    if plan.is_deleted:
        return LinkState.DELETED
    if plan.disabled:
        return LinkState.DISABLED
    if plan.valid_since is not None and now < plan.valid_since:
        return LinkState.SCHEDULED
    if plan.valid_until is not None and now >= plan.valid_until:
        return LinkState.EXPIRED
    return LinkState.ACTIVE


def _cache_seconds(plan: Plan, now: datetime) -> int:
    """Return how long a permanent redirect may be remembered: not beyond its end."""
    if plan.valid_until is None:
        return PERMANENT_SECONDS
    left = (plan.valid_until - now).total_seconds()
    return min(PERMANENT_SECONDS, int(left))


def _nothing_to_decide(target: str) -> Plan:
    return Plan(
        target=target,
        is_deleted=False,
        disabled=False,
        valid_since=None,
        valid_until=None,
        expired_url=None,
        redirect_status=RedirectStatus.TEMPORARY,
        forward_query=False,
    )
