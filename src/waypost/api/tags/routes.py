"""Routes of tags, under `/api/v1/tags`."""

from functools import partial
from http import HTTPStatus
from typing import Annotated, Final

from fastapi import APIRouter, Body, Path, Request, Response

from waypost.api import idempotency_key as repeats
from waypost.api.access.guard import KEY_REFUSALS, GuardedRoute, cause_of, needs
from waypost.api.context import DRY_RUN_KEY, context_of
from waypost.api.documents.openapi import Responses, answer_like, refusals
from waypost.api.faults.parameters import WrongParameters
from waypost.api.listing.answers import list_answers
from waypost.api.listing.parameters import PAGING, cursor_in, page_limit
from waypost.api.repeats.once import Once, answered
from waypost.api.reports.parameters import Parameter, documented
from waypost.api.reports.queries import values_of
from waypost.api.tags.bodies import (
    DETAILS_EXAMPLES,
    TAG_CHANGE_EXAMPLES,
    TAG_EXAMPLE,
    TagChangesBody,
    TagDetailsBody,
    TagList,
    TagView,
)
from waypost.domain.access.scopes import KeyScope
from waypost.domain.options import MAX_TAG, folded
from waypost.domain.tags.values import TagOrder, TagQuery
from waypost.http.problems import WrongField
from waypost.http.statuses import BODY_REFUSALS, INVALID_REQUEST, STORE_REFUSALS
from waypost.services.tags.manage import (
    SaidTag,
    delete_tag,
    edit_tag,
    read_tag,
    say,
)
from waypost.services.tags.pages import list_tags

_ALWAYS: Final = ("internal-error", *STORE_REFUSALS)
_ORDERS: Final = {
    text: (order, bool(sign))
    for order in TagOrder
    for sign, text in (("", order.value), ("-", f"-{order}"))
}
_OF_LIST: Final = (
    Parameter(
        name="q",
        description="Only tags whose names hold this text. Case makes no difference.",
        example="spr",
    ),
    Parameter(
        name="sort",
        description="By `name` (the default), `links` or `clicks`; `-clicks`: the most "
        "clicks first.",
        example="-clicks",
        values=tuple(_ORDERS),
    ),
    *PAGING,
)
_MERGE: Final = (
    Parameter(
        name="merge",
        description="`true`: join the tag that has the new name already. What is said "
        "of that one stays.",
        example="true",
        values=("true", "false"),
    ),
)

Name = Annotated[
    str,
    Path(description="The tag. Case makes no difference.", examples=["spring"]),
]

router = APIRouter(prefix="/api/v1/tags", tags=["tags"], route_class=GuardedRoute)


def _answers(status: HTTPStatus, *codes: str) -> Responses:
    return {
        status.value: answer_like("tag", TAG_EXAMPLE),
        **refusals(*KEY_REFUSALS, *codes, *_ALWAYS),
    }


@router.get(
    "",
    operation_id="list_tags",
    summary="List tags",
    response_description="The tags that links have, or of which something is said.",
    responses=list_answers(TAG_EXAMPLE),
    openapi_extra=documented(_OF_LIST) | needs(KeyScope.LINKS_READ),
)
async def list_all(request: Request) -> TagList:
    """List tags with the numbers of their links and clicks."""
    context, values = context_of(request), values_of(request, _OF_LIST)
    order, is_descending = _ORDERS[values.get("sort", [TagOrder.NAME.value])[0]]
    text = values.get("q", [""])[0]
    if len(text) > MAX_TAG or "\0" in text:
        raise _wrong("q", f"This has at most {MAX_TAG} characters.")
    query = TagQuery(
        text=folded(text),
        order=order,
        is_descending=is_descending,
        limit=page_limit(values),
    )
    found = await list_tags(query, cursor=cursor_in(values), context=context.tags)
    return TagList(
        data=[TagView.of(tag) for tag in found.tags], next_cursor=found.next_cursor
    )


@router.get(
    "/{tag}",
    operation_id="read_tag",
    summary="Read a tag",
    response_description="The tag.",
    responses=_answers(HTTPStatus.OK, "tag-not-found"),
    openapi_extra=needs(KeyScope.LINKS_READ),
)
async def read(tag: Name, request: Request) -> TagView:
    """Return a tag with the numbers of its links and clicks."""
    return TagView.of(await read_tag(tag, context=context_of(request).tags))


@router.put(
    "/{tag}",
    operation_id="say_of_tag",
    summary="Set what is said of a tag",
    response_description="The tag, of which something was said before.",
    responses={
        HTTPStatus.CREATED.value: {
            "model": TagView,
            "description": "The tag, of which nothing was said before.",
            **answer_like("tag", TAG_EXAMPLE),
        },
        **_answers(HTTPStatus.OK, *BODY_REFUSALS, *repeats.REFUSALS),
    },
    response_model=TagView,
    openapi_extra=needs(KeyScope.LINKS_WRITE) | repeats.DOCUMENTED,
)
async def put(
    tag: Name,
    wanted: Annotated[TagDetailsBody, Body(openapi_examples=DETAILS_EXAMPLES)],
    request: Request,
) -> Response:
    """Set the color and the description of a tag, also if no link has it yet."""
    return await answered(request, partial(_put, tag, wanted, request))


async def _put(
    tag: str, wanted: TagDetailsBody, request: Request, once: Once | None
) -> Response:
    try:
        said = await say(
            tag,
            wanted.model_dump(),
            by=cause_of(request),
            context=context_of(request).tags,
            answer_of=once and (lambda one: once.keeping(_answer(one))),
        )
    except ValueError as error:
        raise _wrong("tag", str(error)) from None
    return _answer(said)


def _answer(said: SaidTag) -> Response:
    return Response(
        TagView.of(said.tag).model_dump_json(),
        status_code=HTTPStatus.CREATED if said.is_new else HTTPStatus.OK,
        media_type="application/json",
    )


@router.patch(
    "/{tag}",
    operation_id="change_tag",
    summary="Rename or change a tag",
    response_description="The tag as it is now.",
    responses=_answers(
        HTTPStatus.OK,
        "tag-not-found",
        "tag-exists",
        "unknown-parameter",
        *BODY_REFUSALS,
    ),
    openapi_extra=documented(_MERGE) | needs(KeyScope.LINKS_WRITE),
)
async def change(
    tag: Name,
    wanted: Annotated[TagChangesBody, Body(openapi_examples=TAG_CHANGE_EXAMPLES)],
    request: Request,
) -> TagView:
    """Change a tag. A new name is given to all links that have it.

    Where these are very many, some get it after this answer, also if the server is
    restarted meanwhile. With `merge=true` the links get a tag that there is already.
    """
    context, values = context_of(request), values_of(request, _MERGE)
    edit = wanted.edit(is_merge=values.get("merge") == ["true"])
    edited = await edit_tag(tag, edit, by=cause_of(request), context=context.tags)
    if context.is_dry_run:
        # How many links have one or both is not counted for this.
        request.scope[DRY_RUN_KEY] += ["links", "clicks"] if edit.is_merge else []
        return TagView.of(edited)
    await context.tag_changes.some()
    return TagView.of(await read_tag(edited.name, context=context.tags))


@router.delete(
    "/{tag}",
    operation_id="delete_tag",
    summary="Delete a tag",
    status_code=HTTPStatus.NO_CONTENT,
    response_description="Links lose the tag, and keep all else.",
    responses=refusals(*KEY_REFUSALS, "tag-not-found", *_ALWAYS),
    openapi_extra=needs(KeyScope.LINKS_WRITE),
)
async def delete(tag: Name, request: Request) -> None:
    """Delete a tag from all links, of which some follow where they are very many."""
    context = context_of(request)
    await delete_tag(tag, by=cause_of(request), context=context.tags)
    if not context.is_dry_run:
        await context.tag_changes.some()


def _wrong(name: str, message: str) -> WrongParameters:
    return WrongParameters(INVALID_REQUEST, [WrongField(field=name, message=message)])
