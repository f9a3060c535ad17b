"""What a visitor of a link gets: decided here, for all kinds of requests.

A link is compiled to a plan once, and the plan is judged at each visit. Most links
have no plan: nothing about them depends on the visit or the moment.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import datetime
from enum import StrEnum
from functools import partial
from typing import TYPE_CHECKING, Final, NamedTuple, TypeAlias

from waypost.domain.abuse.quarantine import QuarantineMode, QuarantineReason
from waypost.domain.errors import OptionConflict
from waypost.domain.links import CountedLink, Link
from waypost.domain.options import (
    NO_OPTIONS,
    UTM_NAMES,
    LinkOptions,
    Preview,
    RedirectStatus,
    deciding,
)
from waypost.domain.targeting.visits import Presented, Visit, VisitorKind
from waypost.domain.urls.paths import add_path
from waypost.domain.urls.queries import MAX_LOCATION, add_query, set_parameters

if TYPE_CHECKING:
    from waypost.domain.targeting.choice import Targeting
    from waypost.domain.targeting.visitor import CountryOf

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
    PASSWORD_REQUIRED = "password-required"  # noqa: S105  # an outcome
    WRONG_PASSWORD = "wrong-password"  # noqa: S105  # as above
    SHOWN = "shown"
    """The visitor reads where the link leads, and may go on from there."""
    DISABLED = "disabled"
    NOT_FOUND = "not-found"
    """The path below the code cannot be passed on."""
    NOT_YET_VALID = "not-yet-valid"
    EXPIRED = "expired"
    """With a location if the link names where visitors go instead."""
    REFUSED = "refused"
    """A rule of the link excludes the visitor."""
    EXHAUSTED = "exhausted"
    """As `EXPIRED`: so many people have passed as the link allows."""
    PREFETCH_REFUSED = "prefetch-refused"
    """The browser is to ask again when its user follows the link."""


class LinkState(StrEnum):
    """The state of a link at a moment, in a word for its owner."""

    ACTIVE = "active"
    SCHEDULED = "scheduled"
    EXPIRED = "expired"
    EXHAUSTED = "exhausted"
    DISABLED = "disabled"
    QUARANTINED = "quarantined"
    DELETED = "deleted"


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """What has to be decided about a link at each visit."""

    location: str
    """Where the link leads, before anything of the visit is added."""
    is_deleted: bool
    options: LinkOptions
    """Those that a visit may depend on, without rules and variants."""
    targeting: "Targeting | None" = None
    """Rules and variants; None: all visitors go to the location."""
    is_open: bool = field(init=False, repr=False, compare=False)
    """Whether the link lets every visitor pass: then rules, query and path are all
    that is looked at."""
    is_permanent: bool = field(init=False, repr=False, compare=False)
    """As of the redirect's status."""

    def __post_init__(self) -> None:
        """Look once at what would be looked at again at each visit."""
        options = self.options
        holding = (
            *(self.is_deleted, options.disabled, self.has_budget),
            *(options.quarantine, options.password, _page_before(options)),
            *(options.valid_since, options.valid_until),
        )
        is_open = all(one is None or one is False for one in holding)
        object.__setattr__(self, "is_open", is_open)
        is_permanent = options.redirect_status.is_permanent
        object.__setattr__(self, "is_permanent", is_permanent)

    @property
    def has_budget(self) -> bool:
        """Whether a person passes only if one of the link's clicks can be taken."""
        return self.options.max_clicks is not None


class Verdict(NamedTuple):
    """The answer to a visit."""

    outcome: Outcome
    location: str | None = None
    """Where the visitor is sent; None: nowhere."""
    status: RedirectStatus | None = None
    """With which status, if the visitor is sent on."""
    cache_seconds: int = 0
    """How long the visitor's browser may remember the redirect; 0: not at all."""
    rule: int | None = None
    """The place of the rule that decided, from 0; None: none did."""
    variant: str | None = None
    """The name of the variant that the visitor got; None: none."""
    rule_name: str | None = None
    """The name of the rule that decided, or its place where it has none."""

    @property
    def counts(self) -> bool:
        """Whether the visit is a click: the visitor comes to the link's target."""
        return self.outcome is Outcome.FOLLOW


_By: TypeAlias = tuple[int | None, str | None, str | None]
"""What chose a location: the last three fields of a verdict."""


def location_of(target: str, options: LinkOptions) -> str:
    """Return where a link with *target* and *options* leads."""
    if options.utm is None:
        return target
    values = ((f"utm_{name}", getattr(options.utm, name)) for name in UTM_NAMES)
    return set_parameters(target, {k: v for k, v in values if v is not None})


def check_location(target: str, options: LinkOptions) -> None:
    """Check that a redirect can lead where `location_of` says, for all its URLs.

    Raises:
        OptionConflict: One is too long with what *options* set in it.
    """
    urls = (target, *targeted_urls(options)) if options.utm else ()
    if any(len(location_of(url, options)) > MAX_LOCATION for url in urls):
        raise OptionConflict(
            f"With utm, the URL has more than {MAX_LOCATION:,} characters."
        )


def targeted_urls(options: LinkOptions) -> Iterator[str]:
    """Yield the URLs of the rules and variants in *options*."""
    for one in (*options.rules, *options.variants):
        if isinstance(url := one.get("url"), str):
            yield url
        variants = one.get("variants")
        for variant in variants if isinstance(variants, list) else ():
            yield variant["url"]


def targets_of(link: Link) -> Iterator[str]:
    """Yield every URL to which *link* may lead, without what `utm` sets in it."""
    yield link.target
    yield from targeted_urls(link.options)
    if link.options.expired_url is not None:
        yield link.options.expired_url


def is_its_target(link: Link) -> bool:
    """Return whether every visitor of *link* is simply sent to its target."""
    return not _is_decided(link) and link.options.utm is None


def _is_decided(link: Link) -> bool:
    return deciding(link.options) != NO_OPTIONS or link.deleted_at is not None


def plan_of(link: Link, *, country_of: "CountryOf | None" = None) -> Plan | None:
    """Return what has to be decided about *link*; None: it is always followed.

    *country_of* returns the countries of addresses. None: they are unknown.
    """
    if not _is_decided(link):
        return None
    plan = _state_plan(link)
    if not link.options.rules and not link.options.variants:
        return plan
    return replace(plan, targeting=_targeting(link, country_of))


def _state_plan(link: Link) -> Plan:
    """Return the plan of *link* without where its visitors go."""
    return Plan(
        location=location_of(link.target, link.options),
        is_deleted=link.deleted_at is not None,
        options=replace(deciding(link.options), rules=(), variants=()),
    )


def _targeting(link: Link, country_of: "CountryOf | None") -> "Targeting":
    # Only a process that meets a link with rules needs what judges them.
    from waypost.domain.targeting.choice import targeting_of
    from waypost.domain.targeting.visitor import unknown_country

    return targeting_of(
        link,
        located=partial(location_of, options=link.options),
        country_of=country_of or unknown_country,
    )


def judge(plan: Plan, visit: Visit, now: datetime) -> Verdict:
    """Return what the visitor of a link with *plan* gets at the moment *now*."""
    if plan.is_open and not visit.is_spent:
        return _sent(plan, visit, now)
    options = plan.options
    quarantine = None if plan.is_deleted else options.quarantine
    if quarantine is not None and quarantine.mode is QuarantineMode.BLOCK:
        is_law = quarantine.reason is QuarantineReason.LEGAL
        return Verdict(Outcome.BLOCKED_BY_LAW if is_law else Outcome.BLOCKED)
    state = _state_outside(plan, now, is_spent=visit.is_spent)
    if state is not LinkState.ACTIVE:
        return _refused(state, options)
    if options.password is not None and not _is_let_in(visit):
        return Verdict(_WITHOUT_PASSWORD[visit.password])
    return _sent(plan, visit, now)


def _is_let_in(visit: Visit) -> bool:
    """Return whether a visitor knows the password, or has seen what is behind it."""
    return visit.password is Presented.RIGHT or visit.is_confirmed


def _refused(state: LinkState, options: LinkOptions) -> Verdict:
    outcome = _REFUSALS[state]
    if state in _OVER and options.expired_url is not None:
        return Verdict(outcome, options.expired_url, RedirectStatus.FOUND)
    return Verdict(outcome)


def _sent(plan: Plan, visit: Visit, now: datetime) -> Verdict:
    """Return where the visitor of a link that is active is sent, and how."""
    if plan.targeting is None:
        return _followed(plan, plan.location, visit, now)
    location, rule, variant, name = plan.targeting.choose(visit, now)
    if location is None:
        return Verdict(Outcome.REFUSED, rule=rule)
    return _followed(plan, location, visit, now, (rule, variant, name))


def _followed(
    plan: Plan, to: str, visit: Visit, now: datetime, by: _By = (None, None, None)
) -> Verdict:
    """Return the redirect to *to*, with what the link adds of the visit."""
    options = plan.options
    location = _below(options, to, visit.path) if visit.path else to
    if location is None:
        return Verdict(Outcome.NOT_FOUND, None, None, 0, *by)
    if options.forward_query and visit.query:
        location = add_query(location, visit.query)
    if not plan.is_open:
        if not visit.is_confirmed and (outcome := _page_before(options)):
            return Verdict(outcome, location, None, 0, *by)
        if plan.has_budget and visit.visitor is VisitorKind.PREFETCH:
            return Verdict(Outcome.PREFETCH_REFUSED, None, None, 0, *by)
    status = options.redirect_status
    seconds = _cache_seconds(plan, now) if plan.is_permanent else 0
    return Verdict(Outcome.FOLLOW, location, status, seconds, *by)


def _page_before(options: LinkOptions) -> Outcome | None:
    """Return which page its visitors read before they go on; None: none."""
    if options.quarantine is not None:
        return Outcome.WARNED
    return Outcome.SHOWN if options.preview is Preview.ALWAYS else None


def _below(options: LinkOptions, location: str, path: str) -> str | None:
    return add_path(location, path) if options.forward_path else None


def state_of(counted: CountedLink, now: datetime) -> LinkState:
    """Return what a link is at the moment *now*."""
    link = counted.link
    if not _is_decided(link):
        return LinkState.ACTIVE
    return state_in(_state_plan(link), now, is_spent=counted.clicks_left == 0)


def is_target_secret(counted: CountedLink, now: datetime) -> bool:
    """Return whether the target of a link is shown to none who only knows its code.

    Of one that is over it is shown: everyone could have followed it.
    """
    options = counted.link.options
    if options.password is not None or options.preview is Preview.OFF:
        return True
    return state_of(counted, now) in _SECRET


_SECRET: Final = frozenset(
    {LinkState.SCHEDULED, LinkState.DISABLED, LinkState.QUARANTINED, LinkState.DELETED}
)
_REFUSALS: Final = {
    LinkState.DELETED: Outcome.DELETED,
    LinkState.DISABLED: Outcome.DISABLED,
    LinkState.SCHEDULED: Outcome.NOT_YET_VALID,
    LinkState.EXPIRED: Outcome.EXPIRED,
    LinkState.EXHAUSTED: Outcome.EXHAUSTED,
}
_WITHOUT_PASSWORD: Final = {
    Presented.NOTHING: Outcome.PASSWORD_REQUIRED,
    Presented.WRONG: Outcome.WRONG_PASSWORD,
}
_OVER: Final = frozenset({LinkState.EXPIRED, LinkState.EXHAUSTED})
"""The states in which visitors go to `expired_url`."""


def state_in(plan: Plan, now: datetime, *, is_spent: bool = False) -> LinkState:
    """Return what a link with *plan* is at the moment *now*.

    *is_spent* is whether so many people have passed as it allows.
    """
    if plan.options.quarantine is not None and not plan.is_deleted:
        return LinkState.QUARANTINED
    return _state_outside(plan, now, is_spent=is_spent)


def _state_outside(plan: Plan, now: datetime, *, is_spent: bool) -> LinkState:
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
    return LinkState.EXHAUSTED if is_spent else LinkState.ACTIVE


def _cache_seconds(plan: Plan, now: datetime) -> int:
    """Return how long a permanent redirect may be remembered: not beyond a change.

    A browser that remembers it does not ask again: it takes no click, and the next
    person at it reads no page and gives no password.
    """
    options = plan.options
    if plan.has_budget or options.password is not None or _page_before(options):
        return 0
    seconds = PERMANENT_SECONDS
    if plan.targeting is not None:
        seconds = min(seconds, plan.targeting.lasts(now))
    if plan.options.valid_until is not None:
        left = (plan.options.valid_until - now).total_seconds()
        seconds = min(seconds, int(left))
    return seconds
