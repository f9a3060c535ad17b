"""The forms of an export of clicks."""

import csv
import io
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final, TypeAlias

import msgspec

from waypost.api.reports.click_bodies import COLUMNS, flat_click
from waypost.domain.analytics.enriched import EnrichedClick
from waypost.services.reports.link_names import KnownLinks

_Write: TypeAlias = Callable[[Sequence[EnrichedClick], KnownLinks, str], bytes]


@dataclass(frozen=True, slots=True, kw_only=True)
class Form:
    """How clicks are written."""

    content_type: str
    ending: str
    """Of the name of a file."""
    head: bytes
    """Before the first click."""
    write: _Write
    """Returns clicks, whose links are known, with the name of the default domain."""


def _csv_lines(
    clicks: Sequence[EnrichedClick], known: KnownLinks, default_domain: str
) -> bytes:
    text = io.StringIO()
    writer = csv.writer(text)
    for click in clicks:
        writer.writerow(flat_click(click, known, default_domain).values())
    return text.getvalue().encode()


def _json_lines(
    clicks: Sequence[EnrichedClick], known: KnownLinks, default_domain: str
) -> bytes:
    lines = (flat_click(click, known, default_domain) for click in clicks)
    return b"".join(msgspec.json.encode(line) + b"\n" for line in lines)


CSV: Final = "csv"
FORMS: Final[Mapping[str, Form]] = {
    CSV: Form(
        content_type="text/csv; charset=utf-8",
        ending="csv",
        head=(",".join(COLUMNS) + "\r\n").encode(),
        write=_csv_lines,
    ),
    "jsonl": Form(
        content_type="application/jsonl",
        ending="jsonl",
        head=b"",
        write=_json_lines,
    ),
}
