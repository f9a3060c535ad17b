"""The parameters by which a list is read page by page."""

from collections.abc import Mapping, Sequence
from typing import Final

from waypost.api.reports.parameters import Parameter
from waypost.api.reports.queries import limit_of

_DEFAULT_LIMIT: Final = 50
PAGING: Final = (
    Parameter(
        name="limit",
        description=f"How many at most, from 1 to 1,000. Default: {_DEFAULT_LIMIT}.",
        example="50",
    ),
    Parameter(
        name="cursor",
        description="`next_cursor` of the list before, to go on behind it.",
        example="b3BlbjowMTk1ZjJhNg",
    ),
)


def page_limit(values: Mapping[str, Sequence[str]]) -> int:
    """Return how many are listed at most.

    Raises:
        Refused: It is no number from 1 to 1,000.
    """
    return limit_of(values.get("limit", [None])[0], _DEFAULT_LIMIT)


def cursor_in(values: Mapping[str, Sequence[str]]) -> str | None:
    """Return the cursor of a request, as it was sent; None: there is none."""
    return values.get("cursor", [None])[0]
