"""A journal's bytes are those of `contracts/journal-record`."""

from zlib import crc32

import pytest

from tests.contract.vectors.files import Case, ClickFields, cases, name_of
from waypost.wire.click_origin import RECORDED, with_choice, without_country
from waypost.wire.journal_record import (
    HEADER_BYTES,
    PREFIX,
    RECORD_START,
    ClickHead,
    Header,
    RecordedClick,
    WholeClick,
    decode_head,
    decode_header,
    decode_whole,
    encode_header,
    encode_payload,
    record_lane,
)


class Segment(Case, frozen=True, kw_only=True):
    """What a segment's header says, and its bytes."""

    journal: str
    number: int
    last: tuple[int, ...]
    hex: str


class Record(Case, frozen=True, kw_only=True):
    """A click in a journal, and the bytes of its record."""

    lane: int
    sequence: int
    click: ClickFields
    hex: str


class Damaged(Case, frozen=True, kw_only=True):
    """A payload that holds no click."""

    hex: str


@pytest.mark.parametrize(
    "case", cases("journal-record/headers.json", Segment), ids=name_of
)
def test_headers(case: Segment) -> None:
    """A header is written as it was, byte for byte, and read back."""
    header = Header(journal=case.journal, number=case.number, last=case.last)
    content = encode_header(journal=case.journal, number=case.number, last=case.last)
    assert content.hex() == case.hex
    assert len(content) == HEADER_BYTES
    assert decode_header(bytes.fromhex(case.hex)) == header


@pytest.mark.parametrize(
    "case", cases("journal-record/records.json", Record), ids=name_of
)
def test_records(case: Record) -> None:
    """A record is written as it was, byte for byte, and read back, whole or in part."""
    click = case.click.click()
    noted = click
    if click.rule or click.variant:
        sender = with_choice(click.sender, click.rule, click.variant)
        noted = click._replace(sender=sender)
    fields = without_country(noted) if click.country else noted[:RECORDED]
    payload = encode_payload((case.lane, case.sequence, fields))
    record = PREFIX.pack(len(payload), crc32(payload)) + payload
    assert record.hex() == case.hex
    assert RECORD_START.match(record)
    assert record_lane(record) == case.lane
    head = ClickHead(click.time_ns, click.code, click.link_id)
    assert decode_head(payload) == RecordedClick(case.lane, case.sequence, head)
    assert decode_whole(payload) == WholeClick(case.lane, case.sequence, click)


@pytest.mark.parametrize(
    "case", cases("journal-record/damaged.json", Damaged), ids=name_of
)
def test_damaged(case: Damaged) -> None:
    """Nothing is read of a payload that holds no click."""
    payload = bytes.fromhex(case.hex)
    assert (decode_head(payload), decode_whole(payload)) == (None, None)
