"""Routes that send everything: all clicks of a period, or all links."""

from collections.abc import AsyncGenerator, Mapping, Sequence
from typing import Final

from fastapi import APIRouter, Request, Response

from waypost.api.access.guard import KEY_REFUSALS, DomainRoute, bound_in, needs
from waypost.api.access.own_links import owner_in
from waypost.api.context import ApiContext, context_of
from waypost.api.faults.parameters import WrongParameters
from waypost.api.links.list_parameters import EXPORT
from waypost.api.links.list_queries import seen_links, wanted_links
from waypost.api.reports import examples
from waypost.api.reports.parameters import (
    AFTER,
    COLUMNS,
    DOMAIN,
    FORMAT,
    SUBJECT,
    documented,
)
from waypost.api.reports.queries import ReportQuery, domains_in, values_of
from waypost.api.reports.routes import REFUSALS
from waypost.api.reports.stream_answer import StreamAnswer, stream_answers
from waypost.domain.access.scopes import KeyScope
from waypost.domain.errors import FeatureOff
from waypost.http.problems import WrongField
from waypost.http.statuses import INVALID_REQUEST, STORE_REFUSALS
from waypost.ports.batch.tables import Field, TableForm
from waypost.services.exports.choosing import WrongColumnsError, chosen
from waypost.services.exports.clicks import CLICK_FIELDS, ClickSource, click_table
from waypost.services.exports.links import (
    LINK_FIELDS,
    ChosenLinks,
    LinkSource,
    link_table,
    place_of,
)
from waypost.services.exports.text_forms import CSV
from waypost.services.exports.writing import written

_OF_CLICKS: Final = (*SUBJECT, FORMAT, COLUMNS)
_OF_LINKS: Final = (*EXPORT, AFTER, FORMAT, COLUMNS)
_READ_WITHOUT_LISTS: Final = frozenset({DOMAIN.name, "after", "format", "columns"})
"""Parameters that choose no links, but for the domain, which all links have."""
_LINKS: Final = 500
"""How many links are read at a time."""
_PARQUET: Final = "application/vnd.apache.parquet"
_LAST_ID: Final = 2**63

router = APIRouter(prefix="/api/v1/exports", tags=["reports"], route_class=DomainRoute)


@router.get(
    "/clicks",
    operation_id="export_clicks",
    summary="Take single clicks away",
    response_description="All clicks of the period, oldest day first.",
    response_class=Response,
    responses=stream_answers(
        {
            "text/csv": examples.CSV,
            "application/jsonl": examples.JSON_LINES,
            _PARQUET: examples.PARQUET,
        },
        *REFUSALS,
        "invalid-range",
        "range-too-large",
    ),
    openapi_extra=documented(_OF_CLICKS) | needs(KeyScope.REPORTS_READ),
)
async def export_clicks(request: Request) -> Response:
    """Send every click of the period, as CSV, JSON Lines or Parquet.

    An export that ends early, because a store does not answer, is broken off: no
    complete answer lacks a click. Spreadsheets take some values for formulas, and
    visitors choose some of them: import the columns as text.
    """
    context, query = context_of(request), ReportQuery(request, _OF_CLICKS)
    form = _form(context, query.one("format"))
    fields = _fields(CLICK_FIELDS, query.one("columns"))
    source = ClickSource(
        store=query.reports.store,
        links=query.reports.links,
        default_domain=query.reports.default_domain,
    )
    table = click_table(await query.subject(), source=source, fields=fields)
    pieces = written(table, fields=fields, form=form)
    return await _sent(pieces, context=context, form=form, name="clicks")


@router.get(
    "/links",
    operation_id="export_links",
    summary="Take links away",
    response_description="The links that the filters choose, newest first: without one "
    "all that are not deleted.",
    response_class=Response,
    responses=stream_answers(
        {
            "text/csv": examples.LINKS_CSV,
            "application/jsonl": examples.LINKS_JSON_LINES,
            _PARQUET: examples.PARQUET,
        },
        *KEY_REFUSALS,
        "feature-off",
        "invalid-request",
        "unknown-parameter",
        "invalid-range",
        "internal-error",
        *STORE_REFUSALS,
    ),
    openapi_extra=documented(_OF_LINKS) | needs(KeyScope.LINKS_READ),
)
async def export_links(request: Request) -> Response:
    """Send every link with its options and the clicks that are counted so far.

    Filters are those of lists, but that archived links are in it unless `archived` says
    otherwise. An export that was broken off goes on with `after`. Links that are made
    meanwhile are not in it.
    """
    context, values = context_of(request), values_of(request, _OF_LINKS)
    form = _form(context, *values.get("format", []))
    fields = _fields(LINK_FIELDS, *values.get("columns", []))
    table, after = context.links.domains.table, _after(*values.get("after", []))
    source = LinkSource(
        links=context.links.storage.links,
        base_url=context.base_url,
        batch=_LINKS,
        domains=domains_in(values.get("domain", ()), bound_in(request), table),
        owner=owner_in(request.scope),
        chosen=await _chosen(values, request, after=after),
    )
    links = link_table(after, source=source, fields=fields)
    pieces = written(links, fields=fields, form=form)
    return await _sent(pieces, context=context, form=form, name="links")


async def _chosen(
    values: Mapping[str, Sequence[str]], request: Request, *, after: int | None
) -> ChosenLinks | None:
    """Return the links that filters choose; None: there are no filters.

    Raises:
        DomainNotAllowed, InvalidRange, WrongParameters: As `wanted_links`.
    """
    if values.keys() <= _READ_WITHOUT_LISTS:
        return None
    context = context_of(request).links
    wanted = wanted_links({"archived": ["any"], **values}, context)
    place = None
    if after is not None:
        place = await place_of(after, context.storage.links)
        if place is None:
            raise _wrong_after("With a filter, it is the id of a link that there is.")
    return ChosenLinks(
        lists=context.lists,
        wanted=seen_links(
            wanted, bound_to=bound_in(request), owner=owner_in(request.scope)
        ),
        now=context.clock.now(),
        behind=place,
    )


def _form(context: ApiContext, name: str | None = None) -> TableForm:
    form = context.forms.get(name or CSV)
    if form is None:
        raise FeatureOff(
            "This server cannot write Parquet: its operator has not installed "
            "waypost[parquet]. Ask for csv or jsonl."
        )
    return form


def _fields(fields: Sequence[Field], names: str | None = None) -> Sequence[Field]:
    try:
        return chosen(fields, names)
    except WrongColumnsError as error:
        wrong = WrongField(field="columns", message=str(error))
        raise WrongParameters(INVALID_REQUEST, [wrong]) from error


def _after(text: str | None = None) -> int | None:
    if text is None:
        return None
    if text.isascii() and text.isdecimal() and int(text[:20]) < _LAST_ID:
        return int(text)
    raise _wrong_after("It is the id of a link, such as 1001.")


def _wrong_after(message: str) -> WrongParameters:
    wrong = WrongField(field="after", message=message)
    return WrongParameters(INVALID_REQUEST, [wrong])


async def _sent(
    pieces: AsyncGenerator[bytes], *, context: ApiContext, form: TableForm, name: str
) -> Response:
    return await StreamAnswer.begin(
        pieces,
        limit=context.streams.exports,
        media_type=form.content_type,
        headers={"Content-Disposition": f'attachment; filename="{name}.{form.ending}"'},
    )
