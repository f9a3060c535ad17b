"""The files in `contracts/`, and their values as this product has them."""

from datetime import datetime
from pathlib import Path
from typing import TypeVar

import msgspec

from waypost.domain.clicks import Click, JournaledClick
from waypost.domain.links import Link
from waypost.wire.link_options import decode_options

CONTRACTS = Path(__file__).parents[3] / "contracts"


class Case(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What every case has."""

    name: str
    version: int = 1
    """That of the format, where something is written."""


class _File(msgspec.Struct, forbid_unknown_fields=True):
    about: str
    cases: list[msgspec.Raw]


OneCase = TypeVar("OneCase", bound=Case)


def cases(name: str, kind: type[OneCase]) -> list[OneCase]:
    """Return the cases of the file *name*; each has another name."""
    file = msgspec.json.decode((CONTRACTS / name).read_bytes(), type=_File)
    found = [msgspec.json.decode(case, type=kind) for case in file.cases]
    assert len({case.name for case in found}) == len(found) > 0, name
    return found


def name_of(case: Case) -> str:
    """Return the name of *case* for test reports."""
    return case.name


class ClickFields(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A click; each character of what a visitor sent is one byte."""

    time_ns: int
    code: str
    link_id: int
    address: str
    query: str
    host: str
    user_agent: str
    referrer: str
    language: str
    purpose: str
    fetch: str
    client_hints: str
    privacy: str
    sender: str
    country: str = ""
    rule: str = ""
    variant: str = ""

    def click(self) -> Click:
        """Return it as the product has it."""
        fields = msgspec.structs.astuple(self)
        sent = (text.encode("latin-1") for text in fields[4:-3])
        return Click._make([*fields[:4], *sent, *fields[-3:]])


class JournaledFields(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A click with its identity."""

    journal: str
    lane: int
    sequence: int
    click: ClickFields

    def journaled(self) -> JournaledClick:
        """Return it as the product has it."""
        click = self.click.click()
        return JournaledClick(self.journal, self.lane, self.sequence, click)


class LinkFields(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A link."""

    id: int
    code: str
    target: str
    created_at: datetime
    updated_at: datetime
    domain: str
    version: int
    options: msgspec.Raw = msgspec.Raw(b"{}")
    deleted_at: datetime | None = None

    def link(self) -> Link:
        """Return it as the product has it."""
        fields = msgspec.structs.asdict(self)
        return Link(**fields | {"options": decode_options(self.options)})
