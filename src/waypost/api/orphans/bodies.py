"""The bodies of lists of unknown codes."""

from datetime import UTC
from typing import Final

from pydantic import Field

from waypost.api.bodies import Body
from waypost.api.documents.openapi import Document
from waypost.api.reports.bodies import Clicks
from waypost.domain.analytics.orphans import OrphanKind
from waypost.domain.analytics.questions import Numbers
from waypost.domain.domains.table import DomainTable
from waypost.domain.reports.calendar import local
from waypost.services.analytics.unknown_codes import UnknownCode, UnknownCodes


class UnknownCodeBody(Body):
    """The visits of one code or path that belongs to no link."""

    domain: str = Field(description="The host that was asked.")
    code: str | None = Field(
        description="What was asked for, up to 128 characters; of `unknown_path` the "
        "path without its first slash. Null: nothing, of `base_url`."
    )
    kind: OrphanKind
    clicks: Clicks
    first_at: str = Field(description="The first visit in the period.")
    last_at: str = Field(description="The last one.")
    nearest: str | None = Field(
        description="The code of a link that differs by one slip: its case, a letter "
        "too many, wrong or missing, two letters swapped, or more text behind it."
    )


class UnknownCodesBody(Body):
    """Codes and paths that belong to no link."""

    data: list[UnknownCodeBody]
    others: Clicks | None = Field(
        description="Visits whose codes were too many to be kept one by one. Null: "
        "there are none, or `q` was given."
    )
    next_cursor: str | None = Field(description="Null: there are no more.")


class DeletedVisitsBody(Body):
    """What was deleted."""

    clicks: Clicks


def list_body(found: UnknownCodes, *, table: DomainTable) -> UnknownCodesBody:
    """Return the body of a list of codes under the domains of *table*."""
    return UnknownCodesBody(
        data=[_row(one, table) for one in found.rows],
        others=found.others and clicks_body(found.others),
        next_cursor=found.next_cursor,
    )


def clicks_body(numbers: Numbers) -> Clicks:
    """Return *numbers* as a part of a body."""
    return Clicks(all=numbers.clicks, people=numbers.people, machines=numbers.machines)


def _row(one: UnknownCode, table: DomainTable) -> UnknownCodeBody:
    row = one.row
    return UnknownCodeBody(
        domain=table.host_of(row.domain),
        code=row.text or None,
        kind=row.kind,
        clicks=clicks_body(Numbers(row.people, row.machines, None)),
        first_at=_moment(row.first_ms),
        last_at=_moment(row.last_ms),
        nearest=one.nearest,
    )


def _moment(time_ms: int) -> str:
    text = local(time_ms, UTC).isoformat(timespec="milliseconds")
    return text.removesuffix("+00:00") + "Z"


_CLICKS: Final[Document] = {"all": 9, "people": 8, "machines": 1}
UNKNOWN_CODES: Final[Document] = {
    "data": [
        {
            "domain": "go.example.com",
            "code": "sprnig26",
            "kind": "unknown_code",
            "clicks": _CLICKS,
            "first_at": "2026-03-04T10:00:00.000Z",
            "last_at": "2026-04-01T17:20:11.000Z",
            "nearest": "spring26",
        }
    ],
    "others": None,
    "next_cursor": None,
}
DELETED_VISITS: Final[Document] = {"clicks": _CLICKS}
