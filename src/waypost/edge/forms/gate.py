"""What a visitor of a link has to pass: its state, its password, its pages, its clicks.

::

    visit, and a form if one is sent ─▶ verdict
      needs a password, and one is presented ─▶ right or wrong ─▶ verdict once more
"""

from typing import NamedTuple

from waypost.domain.passwords.errors import TooManyAttempts
from waypost.domain.targeting.visits import Presented, Visit
from waypost.domain.verdict import Outcome
from waypost.edge.answers import METHOD_NOT_ALLOWED, Refusal, after_form
from waypost.edge.budgets import judged
from waypost.edge.decide import Asked, Decision, decide, decision
from waypost.edge.forms.passwords import basic_password, too_many_attempts
from waypost.edge.forms.visitor_forms import SentForm, VisitorForms
from waypost.http.answers import Answer
from waypost.http.asgi import Receive, Scope
from waypost.ports.near_cache import NearEntry
from waypost.services.visits.budgets import Budgets
from waypost.services.visits.passwords import PasswordChecks

_NO_FORM = SentForm()


class Passed(NamedTuple):
    """The answer to a visitor."""

    answer: Answer | Refusal
    counts: bool
    """Whether the visit is a click."""
    chosen: tuple[str, str] | None = None
    """The names of rule and variant that reports note of the click; None: neither."""


class Gate:
    """Answers visitors of links, with all that is set on these."""

    def __init__(
        self, *, forms: VisitorForms, passwords: PasswordChecks, budgets: Budgets
    ) -> None:
        self._forms = forms
        self._passwords = passwords
        self._budgets = budgets

    async def answer(
        self, entry: NearEntry, visit: Visit, scope: Scope, receive: Receive
    ) -> Passed:
        """Return the answer to a *visit* of *entry*.

        Raises:
            Refused: The form that it sends cannot be read.
            BackendUnavailable: The store has to be asked, and does not answer.
        """
        sent: SentForm | None = _NO_FORM
        if scope["method"] == "POST":
            sent = await self._forms.sent(entry, scope, receive)
        if sent is None:
            return Passed(METHOD_NOT_ALLOWED, counts=False)
        visit = visit._replace(is_confirmed=sent.is_confirmed)
        try:
            answer, counts, chosen = await self._decided(entry, visit, scope, sent)
        except TooManyAttempts as error:
            return Passed(too_many_attempts(error), counts=False)
        if isinstance(answer, Asked):
            accept = dict(scope["headers"]).get(b"accept", b"")
            return Passed(await self._forms.page(entry, answer, accept), counts=False)
        if counts and scope["method"] == "POST" and isinstance(answer, Answer):
            answer = after_form(answer)
        return Passed(answer, counts, chosen)

    async def _decided(
        self, entry: NearEntry, visit: Visit, scope: Scope, sent: SentForm
    ) -> Decision:
        """Return the decision, for which a password is compared only if it matters."""
        first = await self._judged(entry, visit, scope)
        hashed = None if entry.plan is None else entry.plan.options.password
        if hashed is None or not _needs_password(first):
            return first
        password = sent.password or basic_password(scope)
        if password is None:
            return first
        is_right = await self._passwords.is_right(
            password, hashed, link_id=entry.link_id, address=visit.address
        )
        presented = Presented.RIGHT if is_right else Presented.WRONG
        return await self._judged(entry, visit._replace(password=presented), scope)

    async def _judged(self, entry: NearEntry, visit: Visit, scope: Scope) -> Decision:
        if entry.plan is None or not entry.plan.has_budget:
            return decide(entry, visit)
        is_taking = scope["method"] != "HEAD"
        verdict = await judged(entry, visit, budgets=self._budgets, is_taking=is_taking)
        return decision(verdict)


def _needs_password(one: Decision) -> bool:
    answer = one.answer
    return isinstance(answer, Asked) and answer.outcome is Outcome.PASSWORD_REQUIRED
