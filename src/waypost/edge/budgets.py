"""The verdict on a visit of a link whose clicks are limited."""

from datetime import UTC, datetime
from typing import Final

from waypost.domain.targeting.visits import Visit, VisitorKind
from waypost.domain.verdict import Outcome, Verdict, judge
from waypost.ports.near_cache import NearEntry
from waypost.services.visits.budgets import Budgets

OVER: Final = frozenset(
    {
        Outcome.DELETED,
        Outcome.BLOCKED,
        Outcome.BLOCKED_BY_LAW,
        Outcome.DISABLED,
        Outcome.NOT_YET_VALID,
        Outcome.EXPIRED,
        Outcome.EXHAUSTED,
    }
)
"""What a visitor gets of a link that leads nowhere, with or without a click left."""


async def judged(
    entry: NearEntry, visit: Visit, *, budgets: Budgets, is_taking: bool
) -> Verdict:
    """Return the verdict on a *visit* of *entry*, which has a plan, now.

    If *is_taking*, a person who is sent to the target has taken a click of the link.

    Raises:
        BackendUnavailable: It cannot be found out whether a click is left.
    """
    assert entry.plan is not None, "only links with a plan are judged"
    now, is_limited = datetime.now(UTC), entry.plan.has_budget
    link = entry.link_id, entry.version
    is_spent = is_limited and budgets.is_exhausted(*link)
    verdict = judge(entry.plan, visit._replace(is_spent=is_spent), now)
    if not is_limited or verdict.outcome in OVER:
        return verdict
    # Also a visitor who is only shown something: of a link that is used up, there is
    # nothing to be seen.
    is_person = is_taking and verdict.counts and visit.visitor is VisitorKind.PERSON
    if await budgets.passes(*link, is_person=is_person):
        return verdict
    return judge(entry.plan, visit._replace(is_spent=True), now)
