"""Where a connection's bytes are cut, however they arrive."""

import sys

import pytest

from waypost.http.connections.framing import Framing

HEAD = b"GET / HTTP/1.1\r\nHost: a\r\n\r\n"


def pieces(framing: Framing, data: bytes) -> list[bytes]:
    """Return what *framing* makes of *data*."""
    framing.add(data)
    cut = []
    while framing:
        cut.append(framing.cut())
    return cut


def test_heads_are_cut_apart() -> None:
    """Each head is a piece of its own, and so is one that has only begun."""
    assert pieces(Framing(), HEAD * 2 + b"GET") == [HEAD, HEAD, b"GET"]


def test_an_empty_line_before_a_head_belongs_to_it() -> None:
    """Old clients send one behind a body, and parsers skip it; it ends nothing."""
    assert pieces(Framing(), HEAD + b"\r\n" + HEAD) == [HEAD, b"\r\n" + HEAD]


def test_what_is_cut_is_not_kept() -> None:
    """An idle connection costs no memory for what it has sent."""
    framing = Framing()
    data = HEAD * 2
    references = sys.getrefcount(data)
    assert len(pieces(framing, data)) == 2
    assert sys.getrefcount(data) == references


@pytest.mark.parametrize("at", range(1, len(HEAD)))
def test_an_end_in_two_reads_is_found(at: int) -> None:
    """The empty line that ends a head may come in two reads, in any way."""
    framing = Framing()
    assert pieces(framing, HEAD[:at]) == [HEAD[:at]]
    assert pieces(framing, HEAD[at:] + HEAD) == [HEAD[at:], HEAD]


def test_an_end_in_four_reads_is_found() -> None:
    """Byte by byte as well, with the next head right behind it."""
    framing = Framing()
    for byte in HEAD[:-1]:
        assert pieces(framing, bytes([byte])) == [bytes([byte])]
    assert pieces(framing, HEAD[-1:] + HEAD) == [HEAD[-1:], HEAD]


def test_a_body_is_cut_by_its_length() -> None:
    """What is in a body ends nothing, and what follows it is apart."""
    framing = Framing()
    framing.body_left = 6
    framing.add(b"\r\n\r\nab" + HEAD)
    assert framing.cut() == b"\r\n\r\nab"
    framing.body_left = 0
    assert framing.cut() == HEAD
    assert not framing


def test_a_body_that_is_not_there_yet() -> None:
    """As much of it as has come is a piece."""
    framing = Framing()
    framing.body_left = 6
    assert pieces(framing, b"abc") == [b"abc"]


def test_what_is_left_is_kept_and_dropped() -> None:
    """New bytes go behind those that wait; all of them can be forgotten."""
    framing = Framing()
    framing.add(HEAD + b"GE")
    assert framing.cut() == HEAD
    framing.add(b"T")
    assert framing.cut() == b"GET"
    framing.add(b"x")
    framing.drop()
    assert not framing
