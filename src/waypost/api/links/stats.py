"""The route that returns how often a link was followed."""

from http import HTTPStatus
from typing import Annotated, Final

from fastapi import APIRouter, Path, Request

from waypost.api.access.limiting import OpenRoute
from waypost.api.access.secret_targets import check_sight
from waypost.api.context import context_of
from waypost.api.documents.openapi import CODE_EXAMPLE, Responses, link_answer, refusals
from waypost.api.links.plain.bodies import LinkBody
from waypost.domain.errors import LinkNotFound
from waypost.http.statuses import STORE_REFUSALS
from waypost.services.links.names import id_or_key
from waypost.services.links.stats import stats

_STATS_ANSWERS: Final[Responses] = {
    HTTPStatus.OK.value: link_answer(clicks=1204),
    **refusals(
        "link-not-found",
        "not-authenticated",
        "key-inactive",
        "scope-missing",
        "rate-limited",
        "query-too-long",
        "internal-error",
        *STORE_REFUSALS,
    ),
}

router = APIRouter(prefix="/api", tags=["links"], route_class=OpenRoute)


@router.get(
    "/stats/{code}",
    operation_id="stats",
    summary="Count a link's clicks",
    response_description="The link, with the clicks that are counted.",
    responses=_STATS_ANSWERS,
)
async def link_stats(
    code: Annotated[
        str,
        Path(
            description="The short code, or `go.acme.com:code`.",
            examples=[CODE_EXAMPLE],
        ),
    ],
    request: Request,
) -> LinkBody:
    """Return a link with its clicks, the most recent ones included.

    The number includes every click that this server has answered, and those of other
    servers once they are counted, which takes them a moment. The number is never too
    high and never falls. While counting does not work, the answer takes two seconds
    at most, and has the clicks that are counted.

    Needs no key, unless visitors of the link are not shown where it leads: it has a
    password, is disabled, in quarantine or not yet valid, or its preview is off. Then
    it needs one with the scope `links:read` that sees the link.
    """
    context = context_of(request)
    key = id_or_key(code, table=context.links.domains.table)
    if not isinstance(key, str):  # an id, which is easily guessed, or no name
        raise LinkNotFound
    counted = await stats(
        key,
        links=context.links.storage.links,
        settlement=context.settlement,
    )
    if counted.link.deleted_at is not None:
        raise LinkNotFound
    await check_sight(counted, request)
    return LinkBody.of(counted.link, clicks=counted.clicks, base_url=context.base_url)
