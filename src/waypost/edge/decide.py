"""The answer to a visitor of a cached link, for all kinds of requests."""

from datetime import UTC, datetime
from typing import Final, NamedTuple

from waypost.domain.targeting.visits import Visit
from waypost.domain.verdict import Outcome, Verdict, judge
from waypost.edge.answers import REFUSALS, Refusal, chosen_redirect, redirect
from waypost.http.answers import Answer
from waypost.ports.near_cache import NearEntry


class Asked(NamedTuple):
    """The visitor gets a page with a form first, which is made for each visit."""

    outcome: Outcome
    """Which page."""
    location: str | None
    """Where the link would lead; None: the visitor has to give its password."""


_ASKING: Final = frozenset(
    {
        Outcome.PASSWORD_REQUIRED,
        Outcome.WRONG_PASSWORD,
        Outcome.WARNED,
        Outcome.SHOWN,
    }
)


class Decision(NamedTuple):
    """An answer, and what it means for the link."""

    answer: Answer | Refusal | Asked
    counts: bool
    """Whether the visit is a click."""
    chosen: tuple[str, str] | None = None
    """The names of rule and variant that reports note of the click; None: neither."""


def decide(entry: NearEntry, visit: Visit) -> Decision:
    """Return the answer to *visit* of the link of *entry*, now."""
    return decide_at(entry, visit, datetime.now(UTC))


def decide_at(entry: NearEntry, visit: Visit, now: datetime) -> Decision:
    """Return the answer as `decide` does, at the moment *now*."""
    plan = entry.plan
    if plan is None:
        if visit.path:
            return Decision(REFUSALS[Outcome.NOT_FOUND], counts=False)
        return Decision(redirect(entry.location), counts=True)
    return decision(judge(plan, visit, now))


def decision(verdict: Verdict) -> Decision:
    """Return the answer that *verdict* on a visit means."""
    if verdict.outcome in _ASKING:
        return Decision(Asked(verdict.outcome, verdict.location), counts=False)
    if verdict.location is None or verdict.status is None:
        return Decision(REFUSALS[verdict.outcome], counts=False)
    answer = chosen_redirect(verdict.location, verdict.status, verdict.cache_seconds)
    if verdict.rule_name is None and verdict.variant is None:
        return Decision(answer, counts=verdict.counts)
    chosen = (verdict.rule_name or "", verdict.variant or "")
    return Decision(answer, counts=verdict.counts, chosen=chosen)
