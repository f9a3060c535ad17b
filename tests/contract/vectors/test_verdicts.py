"""Visitors get what `contracts/verdicts` says."""

from collections.abc import Mapping
from datetime import datetime
from typing import Final

import msgspec
import pytest

from tests.contract.vectors.files import Case, cases, name_of
from waypost.domain.links import Link
from waypost.domain.targeting.visits import Presented, Visit
from waypost.domain.verdict import Outcome, judge, location_of, plan_of
from waypost.edge.answers import Refusal
from waypost.edge.compile import compile_link
from waypost.edge.decide import Asked, decide_at
from waypost.http.answers import Answer
from waypost.wire.link_options import decode_options


class Expected(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The answer to a visit."""

    outcome: Outcome
    location: str | None
    status: int | None
    cache_seconds: int
    rule: int | None = None
    variant: str | None = None


class Judged(Case, frozen=True, kw_only=True):
    """A visit and its verdict."""

    target: str
    options: msgspec.Raw
    deleted_at: datetime | None
    path: str = ""
    query: str
    headers: Mapping[str, str] = msgspec.field(default_factory=dict)
    address: str = ""
    country: str = ""
    is_spent: bool = False
    password: Presented = Presented.NOTHING
    is_confirmed: bool = False
    now: datetime
    verdict: Expected

    def link(self) -> Link:
        """Return the link that is visited."""
        moment = datetime.fromisoformat("2025-01-01T00:00:00Z")
        return Link(
            id=7,
            code="abc1234",
            target=self.target,
            created_at=moment,
            updated_at=moment,
            version=2,
            options=decode_options(self.options),
            deleted_at=self.deleted_at,
        )

    def visit(self) -> Visit:
        """Return the visit."""
        headers = {
            name.encode(): value.encode("latin-1")
            for name, value in self.headers.items()
        }
        return Visit(
            query=self.query,
            path=self.path,
            headers=headers,
            address=self.address,
            country=self.country.encode(),
            is_spent=self.is_spent,
            password=self.password,
            is_confirmed=self.is_confirmed,
        )


OTHER_STATUSES: Final = {
    Outcome.NOT_YET_VALID: 404,
    Outcome.NOT_FOUND: 404,
    Outcome.REFUSED: 403,
    Outcome.BLOCKED: 403,
    Outcome.BLOCKED_BY_LAW: 451,
    Outcome.PREFETCH_REFUSED: 503,
}
"""Of refusals that are not 410."""
ASKED: Final = {
    Outcome.WARNED,
    Outcome.SHOWN,
    Outcome.PASSWORD_REQUIRED,
    Outcome.WRONG_PASSWORD,
}
"""Of visitors who get a page with a form first."""
VERDICTS = [
    *cases("verdicts/verdicts.json", Judged),
    *cases("verdicts/rules.json", Judged),
]


@pytest.mark.parametrize("case", VERDICTS, ids=name_of)
def test_verdicts(case: Judged) -> None:
    """A link without a plan is followed; the others are judged."""
    plan = plan_of(case.link())
    if plan is None:
        if case.path:
            assert case.verdict == Expected(Outcome.NOT_FOUND, None, None, 0)
            return
        location = location_of(case.target, case.link().options)
        assert case.verdict == Expected(Outcome.FOLLOW, location, 307, 0)
        return
    verdict = judge(plan, case.visit(), case.now)
    assert verdict.outcome is case.verdict.outcome
    assert verdict.location == case.verdict.location
    assert verdict.status == case.verdict.status
    assert verdict.cache_seconds == case.verdict.cache_seconds
    assert (verdict.rule, verdict.variant) == (case.verdict.rule, case.verdict.variant)
    assert verdict.counts == (case.verdict.outcome is Outcome.FOLLOW)


@pytest.mark.parametrize("case", VERDICTS, ids=name_of)
def test_answers(case: Judged) -> None:
    """The edge answers what was judged, with headers that say so."""
    entry = compile_link(case.link())
    answer, counts, chosen = decide_at(entry, case.visit(), case.now)
    if case.verdict.outcome in ASKED:
        asked = Asked(case.verdict.outcome, case.verdict.location)
        assert (answer, counts) == (asked, False)
        return
    assert counts == (case.verdict.outcome is Outcome.FOLLOW)
    if case.verdict.location is None:
        assert isinstance(answer, Refusal)
        status = OTHER_STATUSES.get(case.verdict.outcome, 410)
        assert answer.problem.status == answer.page.status == status
        assert dict(answer.page.headers)[b"cache-control"] == b"no-store"
        return
    assert isinstance(answer, Answer)
    is_chosen = (case.verdict.rule, case.verdict.variant) != (None, None)
    assert (chosen is not None) == is_chosen
    assert chosen is None or (chosen[1] or None) == case.verdict.variant
    headers = dict(answer.headers)
    assert answer.status == case.verdict.status
    assert headers[b"location"] == case.verdict.location.encode("ascii")
    seconds = case.verdict.cache_seconds
    caching = f"private, max-age={seconds}" if seconds else "private, no-store"
    assert headers[b"cache-control"] == caching.encode()
