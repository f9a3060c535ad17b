"""Routes of UTM templates, under `/api/v1/utm-templates`."""

from functools import partial
from http import HTTPStatus
from typing import Annotated, Final

from fastapi import APIRouter, Body, Path, Request, Response

from waypost.api import idempotency_key as repeats
from waypost.api.access.guard import KEY_REFUSALS, GuardedRoute, cause_of, needs
from waypost.api.campaigns.bodies import (
    TEMPLATE_EXAMPLE,
    TEMPLATE_EXAMPLES,
    TemplateBody,
    TemplateList,
    TemplateView,
)
from waypost.api.context import context_of
from waypost.api.documents.openapi import answer_like, refusals
from waypost.api.faults.parameters import WrongParameters
from waypost.api.listing.answers import list_answers
from waypost.api.listing.pages import decode_cursor, encode_cursor, page_of
from waypost.api.listing.parameters import PAGING, cursor_in, page_limit
from waypost.api.repeats.once import Once, answered
from waypost.api.reports.parameters import documented
from waypost.api.reports.queries import values_of
from waypost.domain.access.scopes import KeyScope
from waypost.domain.tags.values import tag_name
from waypost.http.problems import WrongField
from waypost.http.statuses import BODY_REFUSALS, INVALID_REQUEST, STORE_REFUSALS
from waypost.services.campaigns.manage import (
    PutTemplate,
    delete_template,
    put_template,
)

_ALWAYS: Final = ("internal-error", *STORE_REFUSALS)
_NAME_RULE: Final = "A template's name has 1 to 64 characters, and no / or comma."
_OF_ALL: Final = ""
"""Which list a cursor is of: there is one."""

Name = Annotated[str, Path(description="The template's name.", examples=["newsletter"])]

router = APIRouter(
    prefix="/api/v1/utm-templates", tags=["utm-templates"], route_class=GuardedRoute
)


@router.get(
    "",
    operation_id="list_utm_templates",
    summary="List UTM templates",
    response_description="The templates, by name.",
    responses=list_answers(TEMPLATE_EXAMPLE),
    openapi_extra=documented(PAGING) | needs(KeyScope.LINKS_READ),
)
async def list_all(request: Request) -> TemplateList:
    """List the templates that `utm_template` of new or changed links may name."""
    context, values = context_of(request), values_of(request, PAGING)
    limit = page_limit(values)
    cursor = cursor_in(values)
    after = "" if cursor is None else decode_cursor(cursor, _OF_ALL)
    every = await context.templates.templates.every()
    found = [one for one in every if one.name > after]
    shown, last = page_of(found, limit)
    return TemplateList(
        data=[TemplateView.of(one) for one in shown],
        next_cursor=encode_cursor(last.name, _OF_ALL) if last else None,
    )


@router.put(
    "/{name}",
    operation_id="put_utm_template",
    summary="Make or replace a UTM template",
    response_description="The template, in place of the one before.",
    responses={
        HTTPStatus.OK.value: answer_like("template", TEMPLATE_EXAMPLE),
        HTTPStatus.CREATED.value: {
            "model": TemplateView,
            "description": "The new template.",
            **answer_like("template", TEMPLATE_EXAMPLE),
        },
        **refusals(
            *KEY_REFUSALS,
            *BODY_REFUSALS,
            *repeats.REFUSALS,
            "option-conflict",
            *_ALWAYS,
        ),
    },
    response_model=TemplateView,
    openapi_extra=needs(KeyScope.LINKS_WRITE) | repeats.DOCUMENTED,
)
async def put(
    name: Name,
    wanted: Annotated[TemplateBody, Body(openapi_examples=TEMPLATE_EXAMPLES)],
    request: Request,
) -> Response:
    """Keep values of campaigns under a name. Links that have theirs keep them."""
    return await answered(request, partial(_put, _checked(name), wanted, request))


async def _put(
    name: str, wanted: TemplateBody, request: Request, once: Once | None
) -> Response:
    put = await put_template(
        name,
        wanted.utm(),
        by=cause_of(request),
        context=context_of(request).templates,
        answer_of=once and (lambda one: once.keeping(_answer(one))),
    )
    return _answer(put)


def _answer(put: PutTemplate) -> Response:
    return Response(
        TemplateView.of(put.template).model_dump_json(),
        status_code=HTTPStatus.CREATED if put.is_new else HTTPStatus.OK,
        media_type="application/json",
    )


@router.delete(
    "/{name}",
    operation_id="delete_utm_template",
    summary="Delete a UTM template",
    status_code=HTTPStatus.NO_CONTENT,
    response_description="It is gone; links that were filled from it stay.",
    responses=refusals(*KEY_REFUSALS, "utm-template-not-found", *_ALWAYS),
    openapi_extra=needs(KeyScope.LINKS_WRITE),
)
async def delete(name: Name, request: Request) -> None:
    """Delete a template. Links that were filled from it stay as they are."""
    context = context_of(request).templates
    await delete_template(name, by=cause_of(request), context=context)


def _checked(name: str) -> str:
    """Return *name*; what a tag can be called, a template can be called, too."""
    try:
        return tag_name(name)
    except ValueError:
        wrong = WrongField(field="name", message=_NAME_RULE)
        raise WrongParameters(INVALID_REQUEST, [wrong]) from None
