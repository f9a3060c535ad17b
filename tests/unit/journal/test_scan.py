"""Finding the way on after damage, byte by byte."""

from pathlib import Path
from zlib import crc32

from tests.unit.journal.samples import sample_click
from waypost.adapters.journal.files.scan import CHUNK_BYTES, Ending, scan, scan_file
from waypost.wire.journal_record import (
    PREFIX,
    RECORD_START,
    decode_head,
    encode_payload,
)


def _record(sequence: int, *, agent: bytes = b"") -> bytes:
    payload = encode_payload((1, sequence, sample_click(sequence, agent=agent)[:-1]))
    return PREFIX.pack(len(payload), crc32(payload)) + payload


def test_false_start_hides_no_record() -> None:
    """Damage that looks like a record up to the next record's bytes ends there."""
    record = next(
        record
        for length in range(100, 400)
        if (record := _record(1, agent=b"x" * length))[0] == 1
    )
    damage = b"?" + b"\xff\xff\x00\x00crc!\x93"
    assert RECORD_START.match(damage + record, 1)
    found = scan(damage + record, 0, Ending.WHOLE, limit=9, decode=decode_head)
    assert found.damage is not None
    assert len(damage) == found.offset


def test_damage_at_an_open_end_is_no_torn_tail() -> None:
    """A record that is all there, but wrong, is handed over and never cut off."""
    wrong = _record(2)[:-1] + b"?"
    found = scan(_record(1) + wrong, 1_000, Ending.OPEN, limit=9, decode=decode_head)
    assert found.damage is not None
    assert (wrong, "checksum mismatch") == found.damage[1:]
    assert 1_000 + len(_record(1)) + len(wrong) == found.offset


def test_nothing_is_read_behind_the_end(tmp_path: Path) -> None:
    """What lies behind the bytes that are said to be there may not be whole yet."""
    path = tmp_path / "segment"
    path.write_bytes(_record(1) + _record(2))
    end = len(_record(1))
    with path.open("rb") as file:
        found = scan_file(file.fileno(), 0, end=end, whole=True, limit=9)
    assert (len(found.records), found.damage, found.offset) == (1, None, end)


def test_torn_record_at_an_open_end_is_left() -> None:
    """A record that is cut off may just be being written."""
    for size in range(1, len(_record(2))):
        found = scan(
            _record(1) + _record(2)[:size], 0, Ending.OPEN, limit=9, decode=decode_head
        )
        assert found.damage is None
        assert len(_record(1)) == found.offset


def test_torn_record_at_a_whole_end_is_damage() -> None:
    """Where only whole records were written, a piece of one is damage."""
    torn = _record(2)[:-1]
    found = scan(_record(1) + torn, 0, Ending.WHOLE, limit=9, decode=decode_head)
    assert found.damage is not None
    assert torn == found.damage.content


def test_start_across_chunks() -> None:
    """A record that begins with the last bytes of a chunk is found by the next."""
    record = _record(1)
    for visible in range(1, 12):
        noise = b"\xff" * (CHUNK_BYTES - visible)
        content = noise + record
        found = scan(content[:CHUNK_BYTES], 0, Ending.MORE, limit=9, decode=decode_head)
        assert found.damage is not None
        assert 0 < found.offset <= len(noise)
        rest = scan(
            content[found.offset :],
            found.offset,
            Ending.WHOLE,
            limit=9,
            decode=decode_head,
        )
        if rest.damage:
            offset = rest.offset
            rest = scan(
                content[offset:], offset, Ending.WHOLE, limit=9, decode=decode_head
            )
        assert [click.sequence for click in rest.records] == [1]
