"""The text of `contracts/visits/visits.json`: links, and what their visitors get."""

import json
from collections.abc import Iterable, Iterator
from copy import copy
from dataclasses import asdict, fields, replace
from http import HTTPStatus
from itertools import islice
from pathlib import Path
from typing import Final

import msgspec
from tests.e2e.options.model import Expected, Link, Visit, visited

from scripts.vectors.documents import link_document, visit_document
from scripts.vectors.factors import further_visits, rows
from scripts.vectors.pairwise import Row

FILE: Final = Path(__file__).parents[2] / "contracts" / "visits" / "visits.json"
FURTHER: Final = 2
"""Visits of a link after its first one."""
_LINK: Final = {each.name for each in fields(Link)}
_ABOUT: Final = (
    "What visitors of a link get, one after the other, at any time from 2026-02-01 "
    "to 2998. The link has its `options` as in `contracts/link-payload`, without the "
    "marks for older releases; its password is `swordfish`. A visit is a request: its "
    "`method`, `url`, `headers` and, of a form, its `body`. One that `goes_on` sends "
    "the form of the page that the visit before it got: its `body` is "
    "`confirm=` and the value of the field `confirm` there. Attempts at passwords are "
    "not limited. `location` and `content_type` are null where the answer has no such "
    "header, and `clicks` is how many are counted after the visit, of programs too. "
    "`python -m scripts.vectors` writes this file: every value of every option and "
    "every pair of them occur, in links that are open and in all."
)


def file_text() -> str:
    """Return the file."""
    further = further_visits()
    cases = [
        _case(number, row, islice(further, FURTHER))
        for number, row in enumerate(rows(), 1)
    ]
    document = {"about": _ABOUT, "cases": cases}
    return json.dumps(document, indent=1, ensure_ascii=False) + "\n"


def _case(number: int, row: Row, further: Iterable[Row]) -> dict[str, object]:
    kept = {name: value for name, value in row.items() if name in _LINK}
    link = msgspec.convert(kept, type=Link)
    document = link_document(link)
    visits = [visit_of(each) for each in (row, *further)]
    return {
        "name": f"{number:03} {name_of(link)}",
        **document,
        "visits": [each for visit in visits for each in _answered(link, visit)],
    }


def name_of(link: Link) -> str:
    """Return what is set on *link*."""
    plain = asdict(Link())
    names = [
        name if value is True else f"{name} {value}".lower()
        for name, value in asdict(link).items()
        if value != plain[name]
    ]
    return ", ".join(names) or "nothing"


def visit_of(row: Row) -> Visit:
    """Return the visit of *row*."""
    form = row["form"]
    sent = {} if form is None else {"password": form}
    if form == "other":
        sent = {"other": "x"}
    kept = {name: value for name, value in row.items() if name not in _LINK | {"form"}}
    return msgspec.convert({**kept, "fields": sent}, type=Visit)


def _answered(link: Link, visit: Visit) -> Iterator[dict[str, object]]:
    """Yield *visit*, and the one that goes on from the page that it gets."""
    expected = visited(link, visit)
    yield visit_document(visit, expected, link.clicks)
    going = replace(visit, method="POST", fields={"confirm": ""}, is_confirmed=True)
    if (
        is_page(visit, expected)
        and visited(copy(link), going).status == HTTPStatus.SEE_OTHER
    ):
        yield visit_document(going, visited(link, going), link.clicks)


def is_page(visit: Visit, expected: Expected) -> bool:
    """Return whether the answer may be a page with a button that leads on."""
    is_shown = visit.wants_page and visit.method != "HEAD"
    return is_shown and expected.status in {HTTPStatus.OK, HTTPStatus.FORBIDDEN}
