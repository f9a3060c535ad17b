"""The page with a form by which visitors complain about a link."""

from collections.abc import Mapping, Sequence
from http import HTTPStatus
from typing import Final
from urllib.parse import parse_qsl

from fastapi import APIRouter, Request, Response
from pydantic import ValidationError

from waypost.api.abuse.bodies import NewReport
from waypost.api.access.limiting import OpenRoute
from waypost.api.context import context_of
from waypost.api.responses import response_of
from waypost.domain.abuse.reports import MAX_EMAIL, MAX_MESSAGE, ReportReason
from waypost.http.pages import page_answer
from waypost.services.abuse.reports import take_complaint
from waypost.web.rendering import loaded

_PATH: Final = "/report"
_MAX_FIELDS: Final = 8
_LONGEST_LINK: Final = 2_048
_REASONS: Final[Mapping[ReportReason, str]] = {
    ReportReason.PHISHING: "It pretends to be another page",
    ReportReason.MALWARE: "It tries to harm my device",
    ReportReason.SPAM: "It was sent to people who did not ask for it",
    ReportReason.LEGAL: "It is unlawful",
    ReportReason.OTHER: "Something else",
}
_WRONG: Final[Mapping[str, str]] = {
    "short_url": "The short link is too long, or has characters that no link has.",
    "reason": "Choose what is wrong with the link.",
    "message": f"The text has at most {MAX_MESSAGE:,} characters, and no others than "
    "are seen.",
    "email": f"The email address has at most {MAX_EMAIL} characters.",
}
_NOTHING_NAMED: Final = "Say which short link you mean."

router = APIRouter(include_in_schema=False, route_class=OpenRoute)


@router.get(_PATH)
async def report_page(link: str = "") -> Response:
    """Show the form; `?link=` fills in which one it is about."""
    return await _page({"short_url": link[:_LONGEST_LINK]})


@router.post(_PATH)
async def report_form(request: Request) -> Response:
    """Take what a visitor complains about, whether or not there is such a link."""
    fields = _fields(await request.body())
    if not fields.get("short_url", "").strip():
        return await _page(fields, [_NOTHING_NAMED])
    try:
        wanted = NewReport.model_validate(fields)
    except ValidationError as error:
        names = dict.fromkeys(str(one["loc"][0]) for one in error.errors())
        return await _page(fields, [_WRONG.get(name, name) for name in names])
    context = context_of(request)
    await take_complaint(
        wanted.complaint(), reports=context.abuse_reports, context=context.links
    )
    await loaded()
    thanks = page_answer(
        HTTPStatus.ACCEPTED, "report.html", title="Thank you", is_taken=True
    )
    return response_of(thanks)


def _fields(body: bytes) -> dict[str, str]:
    """Return what a form has sent, without what is empty; nothing: it is no form.

    Browsers end lines with two characters.
    """
    try:
        pairs = parse_qsl(body.decode(), max_num_fields=_MAX_FIELDS)
    except ValueError:
        return {}
    return {
        name: value.replace("\r\n", "\n") for name, value in pairs if name in _WRONG
    }


async def _page(fields: Mapping[str, str], wrong: Sequence[str] = ()) -> Response:
    await loaded()
    answer = page_answer(
        HTTPStatus.UNPROCESSABLE_ENTITY if wrong else HTTPStatus.OK,
        "report.html",
        has_form=True,
        title="Report a link",
        fields=fields,
        errors=wrong,
        reasons=_REASONS,
        most_message=MAX_MESSAGE,
        most_email=MAX_EMAIL,
    )
    return response_of(answer)
