"""What else is wrong with a body that is not of its form: all is said at once."""

from collections.abc import Mapping, Sequence
from typing import Final

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from waypost.api.bodies import JudgedBody
from waypost.domain.wrong.values import WrongValue
from waypost.services.links.context import LinkContext

_STAND_INS: Final = {"url": "https://example.com/", "link": "link"}
"""What stands for a field that a body needs while the others are judged."""
_PASSWORD: Final = "password"  # noqa: S105  # the name of a field
"""Is judged with the form of the body, and not hashed for this."""


def others_wrong(
    model: type[BaseModel],
    given: object,
    found: Sequence[ErrorDetails],
    context: LinkContext,
) -> list[WrongValue]:
    """Return what is wrong with those fields of *given* whose form is right.

    *found* are the errors of its form, as FastAPI has them.
    """
    if not issubclass(model, JudgedBody) or not isinstance(given, Mapping):
        return []
    wrong = {one["loc"][1] for one in found if len(one["loc"]) > 1} | {_PASSWORD}
    right = {
        name: value
        for name, value in given.items()
        if name in model.model_fields and name not in wrong
    }
    stand_ins = {
        name: value
        for name, value in _STAND_INS.items()
        if name in model.model_fields and name not in right
        if model.model_fields[name].is_required()
    }
    try:
        judged = model.model_validate(right | stand_ins)
    except ValidationError:
        return []
    return [
        one
        for one in judged.wrong(context)
        if not {*one.place[:1]} & (wrong | stand_ins.keys())
    ]
