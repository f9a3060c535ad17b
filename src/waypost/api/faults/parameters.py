"""Queries and headers with wrong values, as an exception of the routes."""

from collections.abc import Sequence

import msgspec

from waypost.domain.wrong.codes import FieldCode
from waypost.http.problems import WrongField
from waypost.http.statuses import UNKNOWN_PARAMETER, ErrorKind


class WrongParameters(Exception):  # noqa: N818  # named for the event, as `Refused`
    """A query with parameters that are unknown or wrong; *errors* says which."""

    def __init__(self, kind: ErrorKind, errors: Sequence[WrongField]) -> None:
        super().__init__(kind.detail)
        self.kind = kind
        self.errors = [_named_fully(one, kind) for one in errors]


def _named_fully(wrong: WrongField, kind: ErrorKind) -> WrongField:
    """Return *wrong* as what is wrong with a parameter, unless it says otherwise."""
    if wrong.pointer is not None or wrong.parameter is not None:
        return wrong
    code = wrong.code
    if kind is UNKNOWN_PARAMETER:
        code = FieldCode.UNKNOWN_PARAMETER.value
    return msgspec.structs.replace(wrong, parameter=wrong.field, code=code)
