"""Click events are written and read as in `contracts/click-event`."""

from enum import StrEnum

import pytest

from tests.contract.vectors.files import Case, JournaledFields, cases, name_of
from waypost.wire.click_event import (
    BusClick,
    bare_click,
    decode_bare,
    decode_click,
    decode_whole_click,
    encode_click,
)


class Written(Case, frozen=True, kw_only=True):
    """A click and its JSON."""

    value: JournaledFields
    text: str


class Kind(StrEnum):
    """What a record's value is."""

    CLICK = "click"
    BARE = "bare"
    REFUSED = "refused"


class Read(Case, frozen=True, kw_only=True):
    """The value of a record, and what counting makes of it."""

    text: str
    kind: Kind
    value: dict[str, str | int] | None


class Entry(Case, frozen=True, kw_only=True):
    """An entry of another program in the fallback stream."""

    short_code: str | None
    delta: str
    clicks: int | None


@pytest.mark.parametrize(
    "case", cases("click-event/written.json", Written), ids=name_of
)
def test_written(case: Written) -> None:
    """A click is written as it was, byte for byte, and counted by its identity."""
    journaled = case.value.journaled()
    assert encode_click(journaled).decode() == case.text
    assert decode_whole_click(case.text.encode()) == journaled
    assert decode_click(case.text.encode()) == BusClick(
        journal=journaled.journal,
        lane=journaled.lane,
        sequence=journaled.sequence,
        link_id=journaled.click.link_id,
        short_code=journaled.click.code,
        time_ns=journaled.click.time_ns,
    )


@pytest.mark.parametrize("case", cases("click-event/read.json", Read), ids=name_of)
def test_read(case: Read) -> None:
    """What is an event, what is another program's click, and what neither."""
    content = case.text.encode()
    if case.kind is Kind.CLICK:
        click = decode_click(content)
        assert case.value is not None
        assert {name: getattr(click, name) for name in case.value} == case.value
        assert click.delta == 1
        return
    with pytest.raises(ValueError, match=r"^[A-Z]"):
        decode_click(content)
    bare = decode_bare(content)
    assert (None if bare is None else bare._asdict()) == case.value
    assert (bare is None) == (case.kind is Kind.REFUSED)


@pytest.mark.parametrize("case", cases("click-event/entries.json", Entry), ids=name_of)
def test_entries(case: Entry) -> None:
    """The two texts of an entry are clicks, or none."""
    code = None if case.short_code is None else case.short_code.encode()
    bare = bare_click(code, case.delta.encode())
    assert (None if bare is None else bare.delta) == case.clicks
    assert bare is None or bare.short_code == case.short_code
