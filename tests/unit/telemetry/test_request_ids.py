"""Which ids of callers are taken over."""

import re

import pytest

from waypost.telemetry.request_ids import request_id_from, trace_id_from

TRACE_ID = "4bf92f3577b34da6a3ce929d0e0e4736"
PARENT_ID = "00f067aa0ba902b7"


@pytest.mark.parametrize("header", [b"a", b"A-1_b.c", b"x" * 128])
def test_usable_request_ids_are_kept(header: bytes) -> None:
    """Letters, digits, dots, dashes and underscores, up to 128 of them."""
    assert request_id_from(header) == header.decode()


@pytest.mark.parametrize(
    "header", [None, b"", b"x" * 129, b"a b", b"a\n", b"\xff", b'"', b"a=1"]
)
def test_other_request_ids_are_replaced(header: bytes | None) -> None:
    """Everything else gets a new id of 16 hexadecimal digits."""
    assert re.fullmatch("[0-9a-f]{16}", request_id_from(header))


def test_new_request_ids_differ() -> None:
    """No two requests share an id."""
    assert len({request_id_from(None) for _ in range(100)}) == 100


@pytest.mark.parametrize(
    "header",
    [
        f"00-{TRACE_ID}-{PARENT_ID}-00",
        f"00-{TRACE_ID}-{PARENT_ID}-ff",
        f"01-{TRACE_ID}-{PARENT_ID}-01-what-may-come",
    ],
)
def test_valid_traces_are_recognised(header: str) -> None:
    """Version 00 as it is, and later versions as far as they are the same."""
    assert trace_id_from(header.encode()) == TRACE_ID


@pytest.mark.parametrize(
    "header",
    [
        None,
        "",
        TRACE_ID,
        f"ff-{TRACE_ID}-{PARENT_ID}-00",
        f"00-{TRACE_ID.upper()}-{PARENT_ID}-00",
        f"00-{'0' * 32}-{PARENT_ID}-00",
        f"00-{TRACE_ID}-{'0' * 16}-00",
        f"00-{TRACE_ID}-{PARENT_ID}-00-more",
        f"00-{TRACE_ID}-{PARENT_ID}-00\n",
    ],
)
def test_invalid_traces_are_not(header: str | None) -> None:
    """What the standard calls invalid is as if it had not come."""
    assert trace_id_from(header.encode() if header is not None else None) is None
