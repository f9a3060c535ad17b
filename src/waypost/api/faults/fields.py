"""Errors of Pydantic as the wrong values of a problem document."""

from collections.abc import Collection, Iterable, Sequence
from typing import Final

from pydantic_core import ErrorDetails

from waypost.domain.spelling import nearest
from waypost.domain.wrong.codes import FieldCode
from waypost.domain.wrong.values import WrongValue
from waypost.http.problems import MOST_ERRORS
from waypost.http.statuses import INVALID_REQUEST, UNKNOWN_FIELD, ErrorKind

_NAMES_OF_THE_CODE: Final = frozenset(
    {"alias", "code", "custom_code", "short_code", "slug"}
)
"""What fields for a link's code are called here and in similar APIs."""
_OTHER_NAMES: Final = {
    "description": "notes",
    "destination": "url",
    "expires": "valid_until",
    "expires_at": "valid_until",
    "long_url": "url",
    "original_url": "url",
    "starts_at": "valid_since",
    "status": "redirect_status",
    "target": "url",
    "valid_from": "valid_since",
}
"""Names that similar APIs use for fields that have another name here."""
_UNKNOWN: Final = "extra_forbidden"
_CODES: Final = {
    "missing": FieldCode.MISSING_VALUE,
    "string_too_short": FieldCode.TOO_SHORT,
    "too_short": FieldCode.TOO_SHORT,
    "string_too_long": FieldCode.TOO_LONG,
    "too_long": FieldCode.TOO_LONG,
    "greater_than": FieldCode.OUT_OF_RANGE,
    "greater_than_equal": FieldCode.OUT_OF_RANGE,
    "less_than": FieldCode.OUT_OF_RANGE,
    "less_than_equal": FieldCode.OUT_OF_RANGE,
    "literal_error": FieldCode.UNKNOWN_VALUE,
    "enum": FieldCode.UNKNOWN_VALUE,
    "int_from_float": FieldCode.WRONG_TYPE,
}
"""What Pydantic calls what is wrong; other names are of wrong types, or say no more."""
_OF_TYPES: Final = ("_type", "_parsing")


def in_request(error: ErrorDetails) -> ErrorDetails:
    """Return an *error* of a body as FastAPI has them."""
    return {**error, "loc": ("body", *error["loc"])}


def faults(
    found: Sequence[ErrorDetails], *, taken: Iterable[str], read: Collection[str]
) -> tuple[ErrorKind, list[WrongValue]]:
    """Return which refusal the errors of a body are, and what is wrong where.

    *taken* are the names of the fields that the body may have, and *read* those of the
    fields that answers have.
    """
    # A misspelt field is reported as missing as well.
    others = [one for one in found if one["type"] != _UNKNOWN]
    missing = all(one["type"] == "missing" for one in others)
    is_unknown = missing and len(others) < len(found)
    kind = UNKNOWN_FIELD if is_unknown else INVALID_REQUEST
    known = list(taken)
    return kind, [_wrong_value(one, known, read) for one in found[:MOST_ERRORS]]


def message_of(error: ErrorDetails) -> str:
    """Return what *error* says."""
    return error["msg"].removeprefix("Value error, ")


def code_of(error: ErrorDetails) -> FieldCode:
    """Return what *error* says, for programs."""
    is_of_type = error["type"].endswith(_OF_TYPES)
    other = FieldCode.WRONG_TYPE if is_of_type else FieldCode.INVALID_VALUE
    return _CODES.get(error["type"], other)


def _wrong_value(
    error: ErrorDetails, known: Sequence[str], read: Collection[str]
) -> WrongValue:
    """Return *error* as the client gets it.

    The input itself is left out: it may be long, and it may be a secret.
    """
    place, code, message = error["loc"][1:], code_of(error), message_of(error)
    if error["type"] == _UNKNOWN:
        name = ".".join(map(str, place))
        is_read = name in read and name not in _NAMES_OF_THE_CODE
        code = FieldCode.READ_ONLY_FIELD if is_read else FieldCode.UNKNOWN_FIELD
        message = _about_unknown(name, known, read)
    return WrongValue(place, code.value, message)


def _about_unknown(name: str, known: Sequence[str], read: Collection[str]) -> str:
    (code,) = {"code", "custom_code"}.intersection(known) or {""}
    if name in _NAMES_OF_THE_CODE:
        if code:
            return f"There is no such field. Did you mean {code}?"
        return (
            "There is no such field. A link keeps its code: make another link with "
            "the new one."
        )
    if name in read:
        return "This field can only be read."
    if "." in name:
        return "There is no such field here; /docs lists them."
    meant = nearest(name, known) or _OTHER_NAMES.get(name, "")
    if meant not in known:
        return f"There is no such field. There are {', '.join(known)}."
    return f"There is no such field. Did you mean {meant}?"
