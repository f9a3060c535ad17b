"""Queries of routes that take no parameters: all that they name was mistyped.

A request that says `?dryrun=true` must not be carried out. Routes with parameters check
the names of these themselves, as they read them (`reports.queries.values_of`).
"""

from collections.abc import Sequence
from dataclasses import replace
from typing import Final

from fastapi import Request
from fastapi.routing import APIRoute
from starlette.types import Scope

from waypost.api.faults.parameters import WrongParameters
from waypost.domain.spelling import nearest
from waypost.domain.wrong.codes import FieldCode
from waypost.http.problems import parameter
from waypost.http.statuses import UNKNOWN_PARAMETER

_DRY_RUN: Final = "dry_run"
_FIRST_OF_API: Final = "/api/v1/"
_SAFE: Final = frozenset({"GET", "HEAD"})
_LONGEST_NAME: Final = 100


def refuse_unknown(route: APIRoute, scope: Scope) -> None:
    """Refuse a query of a *route* that takes none, but for a dry run.

    What is older than the API's first version goes on ignoring what it does not know.

    Raises:
        WrongParameters: It names parameters.
    """
    if not scope["query_string"] or not route.path.startswith(_FIRST_OF_API):
        return
    if _takes_parameters(route):
        return
    known = () if scope["method"] in _SAFE else (_DRY_RUN,)
    wrong = [
        parameter(name, _about(name, known), FieldCode.UNKNOWN_PARAMETER)
        for name in Request(scope).query_params
        if name not in known
    ]
    if wrong:
        raise WrongParameters(replace(UNKNOWN_PARAMETER, detail=wrong[0].detail), wrong)


def _about(name: str, known: Sequence[str]) -> str:
    meant = nearest(name, known)
    more = f" Did you mean {meant}?" if meant else ""
    return (
        f"This call has no parameter {name[:_LONGEST_NAME]}, and nothing was done."
        f"{more}"
    )


def _takes_parameters(route: APIRoute) -> bool:
    described = (route.openapi_extra or {}).get("parameters", ())
    return any(one["in"] == "query" for one in described)
