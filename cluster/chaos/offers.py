"""Links of every option, and what each of their visitors must be answered."""

import json
import random
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Final

from cluster.chaos.client import Answer

QUERY: Final = "from=chaos"
"""What visitors of a link bring along that forwards their query."""

_PLAIN_SHARE: Final = 0.5
_SECONDS: Final = (5.0, 60.0)
"""After how long a link becomes valid, or expires: within a run of some minutes."""
_EXPIRED_URL: Final = "https://example.com/over"
_REDIRECTS: Final = frozenset({301, 302, 307, 308})


@dataclass(frozen=True, slots=True, kw_only=True)
class Offer:
    """A link that is to be created, and what was promised about it then."""

    target: str
    options: dict[str, object]

    @property
    def path(self) -> str:
        """Where it is created."""
        return "/api/v1/links" if self.options else "/api/shorten"

    @property
    def body(self) -> bytes:
        """What is sent to create it."""
        return json.dumps({"url": self.target, **self.options}).encode()

    @property
    def query(self) -> str:
        """What a visitor's path has after the code."""
        return f"?{QUERY}" if self.options.get("forward_query") else ""

    def is_click(self, answer: Answer) -> bool:
        """Return whether *answer* sends a visitor to the target."""
        at_target = answer.location in {self.target, f"{self.target}?{QUERY}"}
        return answer.status in _REDIRECTS and at_target

    def allows(self, answer: Answer, *, asked: datetime, answered: datetime) -> bool:
        """Return whether *answer* was right at a moment between *asked* and *answered*.

        The moments are those of this machine, as all processes of the cluster are on
        it.
        """
        got = (answer.status, answer.location)
        return got in {self._expected(asked), self._expected(answered)}

    def _expected(self, moment: datetime) -> tuple[int, str]:
        options = self.options
        if options.get("disabled"):
            return 410, ""
        if "valid_since" in options and moment < _moment(options["valid_since"]):
            return 404, ""
        if "valid_until" in options and moment >= _moment(options["valid_until"]):
            url = options.get("expired_url")
            return (302, str(url)) if url else (410, "")
        location = self.target + self.query
        return int(str(options.get("redirect_status", 307))), location


def plain(number: int) -> Offer:
    """Return the link with this *number*, with nothing set on it."""
    return Offer(target=f"https://example.com/{number}", options={})


def offer(number: int, *, dice: random.Random, now: datetime | None = None) -> Offer:
    """Return the link with this *number*: half of them are plain."""
    if dice.random() < _PLAIN_SHARE:
        return plain(number)
    began = now or datetime.now(UTC)
    moment = began + timedelta(seconds=dice.uniform(*_SECONDS))
    text = moment.replace(microsecond=0).isoformat().replace("+00:00", "Z")
    kinds: list[dict[str, object]] = [
        {"title": f"Link {number}", "notes": "of a run"},
        {"valid_until": text},
        {"valid_until": text, "expired_url": _EXPIRED_URL},
        {"valid_since": text},
        {"disabled": True},
        {"forward_query": True},
        {"redirect_status": dice.choice([301, 302, 308])},
        {"redirect_status": 308, "valid_until": text, "forward_query": True},
    ]
    return replace(plain(number), options=dice.choice(kinds))


def _moment(value: object) -> datetime:
    return datetime.fromisoformat(str(value))
