"""What a visitor of a link gets: decided here, for all kinds of requests.

A link is compiled to a plan once, and the plan is judged at each visit. Most links
have no plan: nothing about them depends on the visit or the moment.
"""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Final, NamedTuple

from waypost.domain.abuse.quarantine import QuarantineMode, QuarantineReason
from waypost.domain.errors import OptionConflict
from waypost.domain.links import Link
from waypost.domain.options import (
    NO_OPTIONS,
    UTM_NAMES,
    LinkOptions,
    RedirectStatus,
    deciding,
)
from waypost.domain.urls.paths import add_path
from waypost.domain.urls.queries import MAX_LOCATION, add_query, set_parameters

PERMANENT_SECONDS: Final = 3_600
"""How long a browser may remember a permanent redirect: a change of the link reaches
every visitor within an hour."""


class Outcome(StrEnum):
    """The kind of answer to a visit."""

    FOLLOW = "follow"
    """The visitor is sent to the target."""
    DELETED = "deleted"
    BLOCKED = "blocked"
    """The link is in quarantine."""
    BLOCKED_BY_LAW = "blocked-by-law"
    WARNED = "warned"
    """The same, and the visitor may go on to the location after a confirmation."""
    DISABLED = "disabled"
    NOT_FOUND = "not-found"
    """The path below the code cannot be passed on."""
    NOT_YET_VALID = "not-yet-valid"
    EXPIRED = "expired"
    """With a location if the link names where visitors go instead."""


class LinkState(StrEnum):
    """The state of a link at a moment, in a word for its owner."""

    ACTIVE = "active"
    SCHEDULED = "scheduled"
    EXPIRED = "expired"
    DISABLED = "disabled"
    QUARANTINED = "quarantined"
    DELETED = "deleted"


class Visit(NamedTuple):
    """What a verdict may depend on besides the moment.

    A tuple, as a verdict is: one of each is made for every visit.
    """

    query: str = ""
    """The query of the request, without its question mark."""
    path: str = ""
    """What follows the code and its slash, encoded as it was sent."""
    is_confirmed: bool = False
    """Whether the visitor has read a warning, and goes on."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """What has to be decided about a link at each visit."""

    location: str
    """Where the link leads, before anything of the visit is added."""
    is_deleted: bool
    options: LinkOptions
    """Those that a visit may depend on."""


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


def location_of(target: str, options: LinkOptions) -> str:
    """Return where a link with *target* and *options* leads."""
    if options.utm is None:
        return target
    values = ((f"utm_{name}", getattr(options.utm, name)) for name in UTM_NAMES)
    return set_parameters(target, {k: v for k, v in values if v is not None})


def check_location(target: str, options: LinkOptions) -> None:
    """Check that a redirect can lead where `location_of` says.

    Raises:
        OptionConflict: It is too long with what *options* set in it.
    """
    if options.utm and len(location_of(target, options)) > MAX_LOCATION:
        raise OptionConflict(
            f"With utm, the URL has more than {MAX_LOCATION:,} characters."
        )


def is_its_target(link: Link) -> bool:
    """Return whether every visitor of *link* is simply sent to its target."""
    return plan_of(link) is None and link.options.utm is None


def plan_of(link: Link) -> Plan | None:
    """Return what has to be decided about *link*; None: it is always followed."""
    options = deciding(link.options)
    is_deleted = link.deleted_at is not None
    if options == NO_OPTIONS and not is_deleted:
        return None
    location = location_of(link.target, link.options)
    return Plan(location=location, is_deleted=is_deleted, options=options)


def judge(plan: Plan, visit: Visit, now: datetime) -> Verdict:
    """Return what the visitor of a link with *plan* gets at the moment *now*."""
    quarantine = plan.options.quarantine
    if quarantine is None or plan.is_deleted:
        return _unblocked(plan, visit, now)
    if quarantine.mode is QuarantineMode.BLOCK:
        is_law = quarantine.reason is QuarantineReason.LEGAL
        return Verdict(Outcome.BLOCKED_BY_LAW if is_law else Outcome.BLOCKED)
    verdict = _unblocked(plan, visit, now)
    if verdict.outcome is Outcome.FOLLOW and not visit.is_confirmed:
        return Verdict(Outcome.WARNED, verdict.location)
    return verdict


def _unblocked(plan: Plan, visit: Visit, now: datetime) -> Verdict:
    """Return what the visitor would get if the link were not in quarantine."""
    state, options = _state_outside(plan, now), plan.options
    if state is LinkState.ACTIVE:
        location: str | None = plan.location
        if visit.path:
            location = _below(plan, visit.path)
        if location is None:
            return Verdict(Outcome.NOT_FOUND)
        if options.forward_query and visit.query:
            location = add_query(location, visit.query)
        status = options.redirect_status
        seconds = _cache_seconds(options, now) if status.is_permanent else 0
        return Verdict(Outcome.FOLLOW, location, status, seconds)
    if state is LinkState.EXPIRED and options.expired_url is not None:
        return Verdict(Outcome.EXPIRED, options.expired_url, RedirectStatus.FOUND)
    return Verdict(_REFUSALS[state])


def _below(plan: Plan, path: str) -> str | None:
    return add_path(plan.location, path) if plan.options.forward_path else None


def state_of(link: Link, now: datetime) -> LinkState:
    """Return what *link* is at the moment *now*."""
    plan = plan_of(link)
    return LinkState.ACTIVE if plan is None else state_in(plan, now)


_REFUSALS: Final = {
    LinkState.DELETED: Outcome.DELETED,
    LinkState.DISABLED: Outcome.DISABLED,
    LinkState.SCHEDULED: Outcome.NOT_YET_VALID,
    LinkState.EXPIRED: Outcome.EXPIRED,
}


def state_in(plan: Plan, now: datetime) -> LinkState:
    """Return what a link with *plan* is at the moment *now*."""
    if plan.options.quarantine is not None and not plan.is_deleted:
        return LinkState.QUARANTINED
    return _state_outside(plan, now)


def _state_outside(plan: Plan, now: datetime) -> LinkState:
    """Return what a link with *plan* would be if it were not in quarantine."""
    # In this order: the state that lasts longest is reported first.
    options = plan.options
    if plan.is_deleted:
        return LinkState.DELETED
    if options.disabled:
        return LinkState.DISABLED
    if options.valid_since is not None and now < options.valid_since:
        return LinkState.SCHEDULED
    if options.valid_until is not None and now >= options.valid_until:
        return LinkState.EXPIRED
    return LinkState.ACTIVE


def _cache_seconds(options: LinkOptions, now: datetime) -> int:
    """Return how long a permanent redirect may be remembered: not beyond its end."""
    if options.valid_until is None:
        return PERMANENT_SECONDS
    left = (options.valid_until - now).total_seconds()
    return min(PERMANENT_SECONDS, int(left))
