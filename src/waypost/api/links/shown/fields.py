"""Links of which clients want a few fields: `?fields=code,clicks`."""

from collections.abc import Collection
from typing import Final

from fastapi import Request, Response

from waypost.api.documents.openapi import Document
from waypost.api.faults.parameters import WrongParameters
from waypost.api.links.bodies import LinkView
from waypost.api.reports.parameters import Parameter, documented
from waypost.api.reports.queries import values_of
from waypost.domain.spelling import nearest
from waypost.http.problems import WrongField
from waypost.http.statuses import INVALID_REQUEST

NAME: Final = "fields"
_LONGEST: Final = 100
PARAMETER: Final = Parameter(
    name=NAME,
    description="Only these fields of a link, with commas between. Without it: all.",
    example="code,clicks",
)
DOCUMENTED: Final = documented([PARAMETER])


def chosen_fields(text: str | None) -> frozenset[str] | None:
    """Return the names of fields that *text* says; None: all.

    Raises:
        WrongParameters: There is no such field.
    """
    if text is None:
        return None
    names = [name.strip() for name in text.split(",")]
    for name in names:
        if name not in LinkView.model_fields:
            message = _about(name[:_LONGEST], list(LinkView.model_fields))
            wrong = WrongField(field=NAME, message=message)
            raise WrongParameters(INVALID_REQUEST, [wrong])
    return frozenset(names)


def fields_in(request: Request) -> frozenset[str] | None:
    """Return the fields that a request about one link asks for, as `chosen_fields`.

    Raises:
        WrongParameters: There is no such field, several times `fields`, or another
            parameter.
    """
    values = values_of(request, [PARAMETER])
    return chosen_fields(values.get(NAME, [None])[0])


def partial_answer(
    view: LinkView, fields: Collection[str], answer: Response
) -> Response:
    """Return *view* with *fields* alone, and with the headers of *answer*."""
    partly = Response(
        view.model_dump_json(include=set(fields)), media_type="application/json"
    )
    for name, value in answer.headers.items():
        partly.headers[name] = value
    return partly


def add_partial_links(document: Document) -> None:
    """Describe that links may come with a few of their fields, in place."""
    schemas = document["components"]["schemas"]
    usual = schemas["LinkView"]
    some = {name: value for name, value in usual.items() if name != "required"}
    schemas["PartialLinkView"] = some | {"title": "PartialLinkView"}
    either = {
        "anyOf": [
            {"$ref": "#/components/schemas/LinkView"},
            {"$ref": "#/components/schemas/PartialLinkView"},
        ]
    }
    schemas["LinkList"]["properties"]["data"]["items"] = either
    read = document["paths"]["/api/v1/links/{code}"]["get"]
    read["responses"]["200"]["content"]["application/json"]["schema"] = either


def _about(name: str, known: Collection[str]) -> str:
    if meant := nearest(name, list(known)):
        return f"There is no field {name}. Did you mean {meant}?"
    return f"There is no field {name}. There are {', '.join(known)}."
