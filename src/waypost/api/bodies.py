"""What bodies have in common, and the body of a refusal."""

from abc import ABC, abstractmethod
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Annotated, Final, Self, TypeAlias

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    JsonValue,
    WithJsonSchema,
)

from waypost.domain.access.keys import Actor
from waypost.domain.moments import MOMENT_RULE, parse_moment
from waypost.domain.naming.external_ids import MAX_LENGTH, RULE, is_external_id
from waypost.domain.wrong.values import WrongValue
from waypost.services.links.context import LinkContext


def _moment(value: object) -> datetime | None:
    if value is None:
        return None
    if not isinstance(value, str):
        raise ValueError(MOMENT_RULE)  # noqa: TRY004  # Pydantic accepts no other
    return parse_moment(value, now=datetime.now(UTC))


# Not of the format `date-time`, which excludes moments that count from now.
_MOMENT_OR_NULL: Final = {"anyOf": [{"type": "string"}, {"type": "null"}]}
Second: TypeAlias = Annotated[
    datetime, AfterValidator(lambda moment: moment.replace(microsecond=0))
]
"""A moment of an answer, in whole seconds."""
Moment: TypeAlias = Annotated[
    datetime | None, BeforeValidator(_moment), WithJsonSchema(_MOMENT_OR_NULL)
]


def _checked(text: str) -> str:
    if not is_external_id(text):
        raise ValueError(RULE)
    return text


_Text = Annotated[str, Field(max_length=MAX_LENGTH), AfterValidator(_checked)]
ExternalId: TypeAlias = Annotated[
    _Text | None,
    Field(
        description="Your own id of the link, which is called by it, as in "
        "`ext:order-77`. No two links have the same, but for deleted ones.",
        examples=["order-77"],
    ),
]


class Body(BaseModel):
    """The base of all bodies: they cannot be changed once they are made.

    What checks them is made when they are first used.
    """

    model_config = ConfigDict(frozen=True, defer_build=True)


class JudgedBody(Body, ABC):
    """A body with values that are judged after its form."""

    @abstractmethod
    def wrong(self, context: LinkContext) -> Sequence[WrongValue]:
        """Return what is wrong with its values, as far as no store is asked."""


class FieldError(Body):
    """What is wrong with one field of a request."""

    pointer: str | None = Field(
        description="Where it is in the body, or in the item of a call about many "
        "links, as a JSON pointer (RFC 6901). Null: elsewhere."
    )
    parameter: str | None = Field(
        description="The parameter or header that it is. Null: it is in the body."
    )
    code: str = Field(
        description="Stable name of what is wrong, as the reference of errors lists."
    )
    detail: str = Field(description="What is wrong, and what to do about it.")
    field: str = Field(
        description="The place as a name with dots, or `body` for the whole; "
        "`pointer` is exact."
    )
    message: str = Field(description="The same as `detail`.")


class Problem(Body):
    """A refusal, as problem details (RFC 9457)."""

    type: str = Field(description="Where this kind of refusal is explained.")
    title: str = Field(description="The meaning of the status.")
    status: int
    detail: str = Field(description="What is wrong, and what to do about it.")
    code: str = Field(description="Stable name of this kind of refusal.")
    request_id: str | None = Field(
        default=None, description="The request's id, as in the server's log."
    )
    errors: list[FieldError] | None = Field(
        default=None,
        description="What is wrong where, as far as it is about values of the request.",
    )
    required_scope: str | None = Field(
        default=None, description="For `scope-missing`: what the key lacks."
    )
    current: dict[str, JsonValue] | None = Field(
        default=None,
        description="For `precondition-failed` and `link-changed`: the link, or the "
        "domain, as it is now; the answer has its `ETag`.",
    )
    results: list[JsonValue] | None = Field(
        default=None, description="For `bulk-rejected`: a result for each item."
    )
    violated_policies: list[str] | None = Field(
        default=None,
        alias="violated-policies",
        description="For `rate-limited`: `key`, `address` or `wrong-key`.",
    )


class ActorBody(Body):
    """Who did something."""

    type: str = Field(
        description="`key`, `admin_token`, `operator` (a command at the server's "
        "machine), `anonymous`, or `server`."
    )
    id: str | None = Field(description="The key's id.")
    name: str | None = Field(description="The name that the key had then.")

    @classmethod
    def of(cls, actor: Actor) -> Self:
        """Return the body of *actor*."""
        return cls(type=actor.type, id=actor.id, name=actor.name)
