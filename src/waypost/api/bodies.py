"""What all bodies have in common, and the body of a refusal."""

from pydantic import BaseModel, ConfigDict, Field, JsonValue


class Body(BaseModel):
    """The base of all bodies: they cannot be changed once they are made."""

    model_config = ConfigDict(frozen=True)


class FieldError(Body):
    """What is wrong with one field of a request."""

    field: str = Field(description="The field's name, or `body` for the whole.")
    message: str
    code: str | None = Field(
        default=None, description="For `invalid-rules`: what is wrong, in a word."
    )
    pointer: str | None = Field(
        default=None,
        description="For `invalid-rules`: where it is in the body, as a JSON pointer.",
    )


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
        description="What is wrong where, for `invalid-request` and `invalid-rules`.",
    )
    required_scope: str | None = Field(
        default=None, description="For `scope-missing`: what the key lacks."
    )
    results: list[JsonValue] | None = Field(
        default=None, description="For `bulk-rejected`: a result for each item."
    )
    violated_policies: list[str] | None = Field(
        default=None,
        alias="violated-policies",
        description="For `rate-limited`: `key`, `address` or `wrong-key`.",
    )
