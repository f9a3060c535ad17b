"""How much the query of a request to the API may be."""

from typing import Final

from starlette.types import Scope

from waypost.http.answers import Refused
from waypost.http.statuses import QUERY_TOO_LONG

MAX_QUERY_BYTES: Final = 32 * 1024
"""A filter by URL may have the longest URL there is, each byte of it as three."""
MAX_PARAMETERS: Final = 200


def check_query(scope: Scope) -> None:
    """Refuse a query that would take long to read.

    Raises:
        Refused: It is too long, or has too many parameters.
    """
    query = scope["query_string"]
    if len(query) > MAX_QUERY_BYTES or query.count(b"&") >= MAX_PARAMETERS:
        raise Refused(QUERY_TOO_LONG)
