"""What the load was promised, and what it cannot know."""

from collections import Counter
from dataclasses import dataclass, field

from cluster.chaos.offers import Offer


@dataclass(slots=True, kw_only=True)
class Score:
    """The clients' books; every request ends up in exactly one of them.

    A request is *in doubt* if it was sent and the answer never came: it may have been
    carried out. What nginx got no answer to, nginx's log knows better than a client.
    """

    sent: Counter[str] = field(default_factory=Counter)
    """Redirects that were asked for, by code."""
    answered: Counter[str] = field(default_factory=Counter)
    """Redirects that were answered, by code."""
    in_doubt: Counter[str] = field(default_factory=Counter)
    """Redirects without any answer, by code."""
    promised: dict[str, Offer] = field(default_factory=dict)
    """Code → link of each create that was acknowledged."""
    creates_in_doubt: int = 0
    refused: Counter[str] = field(default_factory=Counter)
    """Requests that were refused in good order, by what they were."""
    unanswered_by_apps: int = 0
    """Redirects that nginx found no app to answer."""
    polls: int = 0
    """How often statistics were read."""
    excess: Counter[str] = field(default_factory=Counter)
    """By how much statistics were above the redirects sent until then, by code."""
    wrong: list[str] = field(default_factory=list)
    """Answers that must not be, in a sentence each."""

    def summary(self) -> str:
        """Return the sums on one line."""
        refused = ", ".join(f"{n} {what}s" for what, n in sorted(self.refused.items()))
        return (
            f"{self.answered.total()} redirects and {len(self.promised)} creates "
            f"answered; refused: {refused or 'none'}; without an answer: "
            f"{self.unanswered_by_apps} redirects, {self.creates_in_doubt} creates; "
            f"{self.polls} statistics read"
        )
