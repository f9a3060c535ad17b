"""The bytes on disk: format 1, which must stay readable for ever."""

from zlib import crc32

import msgspec
import pytest

from tests.unit.journal.samples import recorded, sample_click
from waypost.domain.clicks import LANES, Click
from waypost.wire.click_origin import RECORDED
from waypost.wire.journal_record import (
    HEADER_BYTES,
    PREFIX,
    RECORD_START,
    Header,
    decode_head,
    decode_header,
    encode_header,
    encode_payload,
    record_lane,
)

GOLDEN_PAYLOAD = bytes.fromhex(
    "9305cd012c9ecf18493fba64ef0007a2633707ab3230332e302e3131332e39"
    "c40f75746d5f736f757263653d74657374c40e676f2e6578616d706c652e636f6d"
    "c40b4d6f7a696c6c612f352e30c41468747470733a2f2f6578616d706c652e636f6d2f"
    "c402656ec400c4196e6f6e652c6e617669676174652c646f63756d656e742c3f31"
    "c400c40131c400"
)


def test_payload_bytes() -> None:
    """A click is written as it was when format 1 was fixed, and read back."""
    click = sample_click(7)
    assert GOLDEN_PAYLOAD.hex() == encode_payload((5, 300, click[:RECORDED])).hex()
    assert recorded(5, 300, click) == decode_head(GOLDEN_PAYLOAD)


def test_evidence_is_kept() -> None:
    """All that the edge saw can be read back, not only what counting needs."""
    payload = encode_payload((5, 300, sample_click(7)[:RECORDED]))
    assert (5, 300, sample_click(7)) == msgspec.msgpack.decode(
        payload, type=tuple[int, int, Click]
    )


def test_header_bytes() -> None:
    """A header is written as it was when format 1 was fixed, and read back."""
    header = encode_header(journal="ab" * 16, number=3, last=range(LANES))
    assert HEADER_BYTES == 564 == len(header)
    assert b"WPJRNL\x00\x01" + b"ab" * 16 + b"\x03" + bytes(15) == header[:56]
    assert (
        Header(journal="ab" * 16, number=3, last=tuple(range(LANES)))
    ) == decode_header(header)


@pytest.mark.parametrize("at", [0, 7, 8, 40, 48, HEADER_BYTES - 1])
def test_header_damage_is_noticed(at: int) -> None:
    """A header with one wrong bit is not a header."""
    header = bytearray(encode_header(journal="ab" * 16, number=3, last=[0] * LANES))
    header[at] ^= 1
    assert decode_header(bytes(header)) is None


@pytest.mark.parametrize("lane", [0, 1, LANES - 1])
def test_record_start(lane: int) -> None:
    """Every record has the expected beginning, and contains its lane."""
    payload = encode_payload((lane, 2**40, sample_click(agent=b"x" * 60_000)[:-1]))
    record = PREFIX.pack(len(payload), crc32(payload)) + payload
    assert RECORD_START.match(record)
    assert lane == record_lane(record)


@pytest.mark.parametrize(
    "payload",
    [
        b"",
        b"\x93",
        encode_payload((LANES, 1, sample_click()[:-1])),
        encode_payload((-1, 1, sample_click()[:-1])),
        encode_payload((1, 0, sample_click()[:-1])),
        encode_payload((1, 1)),
        encode_payload("text"),
    ],
)
def test_what_is_no_click(payload: bytes) -> None:
    """A payload that cannot have been written by `record` is refused."""
    assert decode_head(payload) is None
