"""Queries of routes that take no parameters: all that they name was mistyped.

A request that says `?dryrun=true` must not be carried out. Routes with parameters check
the names of these themselves, as they read them (`reports.queries.values_of`).
"""

from typing import Final

from fastapi import Request
from fastapi.routing import APIRoute
from starlette.types import Scope

from waypost.domain.spelling import nearest
from waypost.http.answers import Refused
from waypost.http.statuses import UNKNOWN_PARAMETER

_DRY_RUN: Final = "dry_run"
_FIRST_OF_API: Final = "/api/v1/"
_SAFE: Final = frozenset({"GET", "HEAD"})
_LONGEST_NAME: Final = 100


def refuse_unknown(route: APIRoute, scope: Scope) -> None:
    """Refuse a query of a *route* that takes none, but for a dry run.

    What is older than the API's first version goes on ignoring what it does not know.

    Raises:
        Refused: It names parameters.
    """
    if not scope["query_string"] or not route.path.startswith(_FIRST_OF_API):
        return
    if _takes_parameters(route):
        return
    known = () if scope["method"] in _SAFE else (_DRY_RUN,)
    for name in Request(scope).query_params:
        if name not in known:
            meant = nearest(name, known)
            more = f" Did you mean {meant}?" if meant else ""
            raise Refused(
                UNKNOWN_PARAMETER,
                f"This call has no parameter {name[:_LONGEST_NAME]}, and nothing was "
                f"done.{more}",
            )


def _takes_parameters(route: APIRoute) -> bool:
    described = (route.openapi_extra or {}).get("parameters", ())
    return any(one["in"] == "query" for one in described)
