"""The head of an answer waits for its body, and for nothing else."""

import asyncio

import pytest

from waypost.http.connections.joined_answer import JoinedAnswer


class Wire(asyncio.Transport):
    """A transport that remembers what was sent, in which pieces."""

    def __init__(self) -> None:
        super().__init__()
        self.pieces: list[bytes] = []
        self.is_closed = False

    def write(self, data: bytes | bytearray | memoryview) -> None:
        """Remember *data*."""
        self.pieces.append(bytes(data))

    def is_closing(self) -> bool:
        """Return whether it was closed."""
        return self.is_closed

    def close(self) -> None:
        """Remember it."""
        self.is_closed = True


@pytest.fixture
def wire() -> Wire:
    """Return a transport that remembers."""
    return Wire()


@pytest.mark.parametrize("body", [b"", b"body"])
def test_head_and_body_are_sent_in_one_piece(wire: Wire, body: bytes) -> None:
    """Also an empty body, which still ends the answer."""
    answer = JoinedAnswer(wire)

    answer.write(b"head")
    assert not wire.pieces
    answer.write(body)

    assert wire.pieces == [b"head" + body]


def test_more_of_the_body_is_sent_as_it_comes(wire: Wire) -> None:
    """A long body is not held back."""
    answer = JoinedAnswer(wire)

    for part in (b"head", b"one", b"two"):
        answer.write(part)

    assert wire.pieces == [b"headone", b"two"]


def test_closing_sends_what_is_left_of_a_broken_answer(wire: Wire) -> None:
    """The client sees an answer that ends too early, and not silence."""
    answer = JoinedAnswer(wire)

    answer.write(b"head")
    answer.close()

    assert wire.pieces == [b"head"]
    assert answer.is_closing()


def test_closing_repeats_nothing(wire: Wire) -> None:
    """What was sent with the body is not sent again."""
    answer = JoinedAnswer(wire)

    answer.write(b"head")
    answer.write(b"body")
    answer.close()

    assert wire.pieces == [b"headbody"]
