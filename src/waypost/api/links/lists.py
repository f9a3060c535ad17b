"""The route that lists links."""

from http import HTTPStatus
from typing import Final
from urllib.parse import urlencode

from fastapi import APIRouter, Request, Response

from waypost.api.access.guard import KEY_REFUSALS, DomainRoute, bound_in, needs
from waypost.api.context import context_of
from waypost.api.documents.openapi import (
    VERSIONED_LINK_EXAMPLE,
    Responses,
    answer_like,
    refusals,
)
from waypost.api.links.bodies import LinkList, LinkView
from waypost.api.links.list_parameters import LIST
from waypost.api.links.list_queries import list_query
from waypost.api.links.shown.fields import NAME, chosen_fields
from waypost.api.reports.parameters import documented
from waypost.domain.access.scopes import KeyScope
from waypost.http.statuses import STORE_REFUSALS
from waypost.services.lists.pages import list_links

_CURSOR_EXAMPLE: Final = "WzEsMjk5NjU4MzI0MSwxNzcxNTc5ODAwMDAwMDAwLDEwMDFd"
_ANSWERS: Final[Responses] = {
    HTTPStatus.OK.value: {
        **answer_like(
            "page", {"data": [VERSIONED_LINK_EXAMPLE], "next_cursor": _CURSOR_EXAMPLE}
        ),
        "headers": {
            "Link": {
                "description": 'The next page, as `<URL>; rel="next"`; absent at the '
                "end of the list.",
                "schema": {"type": "string"},
            }
        },
    },
    **refusals(
        *KEY_REFUSALS,
        "invalid-request",
        "unknown-parameter",
        "invalid-range",
        "invalid-cursor",
        "sort-needs-filter",
        "internal-error",
        *STORE_REFUSALS,
    ),
}


router = APIRouter(prefix="/api/v1/links", tags=["links"], route_class=DomainRoute)


@router.get(
    "",
    operation_id="list_links",
    summary="List and find links",
    response_description="A page of the list.",
    response_model=LinkList,
    responses=_ANSWERS,
    openapi_extra=documented(LIST) | needs(KeyScope.LINKS_READ),
)
async def list_(request: Request) -> Response:
    """List links, newest first, or those that have what the filters say.

    All filters must hold. A page takes about the same time however many links there
    are: where a filter finds few among very many, pages may have fewer links than
    `limit`. Go on until `next_cursor` is null.
    """
    context = context_of(request)
    fields = chosen_fields(request.query_params.get(NAME))
    query = list_query(request, context.links, bound_to=bound_in(request))
    answer = await list_links(
        query,
        lists=context.links.lists,
        clock=context.links.clock,
    )
    views = [
        LinkView.of(counted, base_url=context.base_url, context=context.links)
        for counted in answer.links
    ]
    page = LinkList(data=views, next_cursor=answer.next_cursor)
    if answer.total is not None:
        page = LinkList(
            data=views,
            next_cursor=answer.next_cursor,
            total=answer.total.number,
            total_exact=answer.total.is_exact,
        )
    # Encoded here, because FastAPI would validate our own answer once more.
    response = Response(_text(page, fields), media_type="application/json")
    if answer.next_cursor is not None:
        following = _following(request, answer.next_cursor)
        url = f"{context.base_url}{router.prefix}?{following}"
        response.headers["Link"] = f'<{url}>; rel="next"'
    return response


def _text(page: LinkList, fields: frozenset[str] | None) -> str:
    if fields is None:
        return page.model_dump_json(exclude_unset=True)
    others = frozenset(LinkView.model_fields) - fields
    without = {"data": {"__all__": set(others)}}
    return page.model_dump_json(exclude_unset=True, exclude=without)


def _following(request: Request, cursor: str) -> str:
    """Return the query of the next page."""
    asked = request.query_params.multi_items()
    kept = [(name, value) for name, value in asked if name != "cursor"]
    return urlencode([*kept, ("cursor", cursor)])
