"""A visit to simulate and its verdict, in requests and answers."""

from typing import Annotated, Final

from fastapi.openapi.models import Example
from pydantic import BeforeValidator, ConfigDict, Field, IPvAnyAddress

from waypost.api.bodies import Body, Moment
from waypost.api.links.bodies import LinkChanges
from waypost.domain.targeting.visits import Visit

SIMULATION_EXAMPLES: Final[dict[str, Example]] = {
    "visitor": {
        "summary": "A visitor with a phone, in Switzerland",
        "value": {
            "visit": {
                "country": "CH",
                "language": "de-CH",
                "user_agent": "Mozilla/5.0 (iPhone; CPU iPhone OS 18_5 like Mac OS X)",
            }
        },
    },
    "change": {
        "summary": "Another moment, after a change that is not made",
        "value": {
            "visit": {"at": "2026-03-02T22:30:00Z"},
            "patch": {"valid_until": "2026-03-01T00:00:00Z"},
        },
    },
}
VERDICT_EXAMPLE: Final = {
    "status": 307,
    "location": "https://example.com/ch",
    "code": None,
    "cache_seconds": 0,
    "decided_by": "rule",
    "rule": 0,
    "variant": None,
    "counted": True,
    "steps": [{"rule": 0, "name": "Swiss phones", "holds": True}],
}


def _text(value: object) -> str:
    """Refuse numbers, which the library takes for addresses."""
    if not isinstance(value, str):
        raise ValueError("Must be a text.")  # noqa: TRY004 - a refusal in pydantic
    return value


class SimulatedVisit(Body):
    """A visitor. What is left out is unknown."""

    model_config = ConfigDict(extra="forbid")

    country: str | None = Field(
        default=None,
        pattern="^[A-Za-z]{2}$",
        description="ISO 3166-1. Without one, the address decides.",
    )
    language: str = Field(
        default="", max_length=255, description="As in `Accept-Language`."
    )
    user_agent: str = Field(default="", max_length=1_024)
    ip: Annotated[IPvAnyAddress, BeforeValidator(_text)] | None = Field(
        default=None, description="The address."
    )
    query: str = Field(
        default="", max_length=4_096, description="What follows the question mark."
    )
    path: str = Field(
        default="", max_length=4_096, description="What follows the code and a slash."
    )
    at: Moment = Field(default=None, description="The moment; by default now.")

    def visit(self) -> Visit:
        """Return it as the edge would see it."""
        return Visit(
            query=_as_sent(self.query.removeprefix("?")),
            path=_as_sent(self.path.removeprefix("/")),
            headers={
                b"accept-language": self.language.encode("latin-1", "replace"),
                b"user-agent": self.user_agent.encode("latin-1", "replace"),
            },
            address="" if self.ip is None else str(self.ip),
            country=(self.country or "").encode(),
        )


class Simulation(Body):
    """A visit of a link, as it is or as it would be after a change."""

    model_config = ConfigDict(extra="forbid")

    visit: SimulatedVisit = Field(default=SimulatedVisit())
    patch: LinkChanges | None = Field(
        default=None, description="Changes of the link that are not made."
    )


class RuleStep(Body):
    """A rule that was looked at."""

    rule: int = Field(description="Its place, from 0.")
    name: str | None
    holds: bool


class VerdictBody(Body):
    """What the visitor would get, and why."""

    status: int
    location: str | None = Field(description="Where the visitor would go.")
    code: str | None = Field(description="Of the refusal, if it is one.")
    cache_seconds: int = Field(description="How long a browser may remember it.")
    decided_by: str = Field(
        description="`rule`, `variant` or `url`; `state` if the link leads nowhere."
    )
    rule: int | None = Field(description="The place of the rule that holds, from 0.")
    variant: str | None = Field(description="The name of the variant.")
    counted: bool = Field(description="Whether it would be a click.")
    steps: list[RuleStep] = Field(description="The rules that were looked at.")


def _as_sent(text: str) -> str:
    """Return *text* as the edge reads it: each character is a byte."""
    return text.encode().decode("latin-1")
