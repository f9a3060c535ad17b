"""What the head of a request may not say."""

import pytest

from waypost.http.connections.heads import fault_in

CHUNKED = (b"transfer-encoding", b"chunked")
HOST = (b"host", b"x")


@pytest.mark.parametrize("version", ["1.0", "1.1"])
def test_plain_head_has_no_fault(version: str) -> None:
    """A host and a length are what most heads consist of."""
    assert fault_in([HOST, (b"content-length", b"9")], version=version) is None


def test_old_version_has_no_transfer_encoding() -> None:
    """A proxy of HTTP/1.0 would take the end of such a body for the next request."""
    assert fault_in([HOST, CHUNKED], version="1.1") is None
    fault = fault_in([HOST, CHUNKED], version="1.0")
    assert fault == "HTTP/1.0 has no Transfer-Encoding."


@pytest.mark.parametrize(
    "codings",
    [
        [(b"transfer-encoding", b"gzip, chunked")],
        [(b"transfer-encoding", b"identity")],
        [CHUNKED, CHUNKED],
    ],
)
def test_only_one_coding_is_understood(codings: list[tuple[bytes, bytes]]) -> None:
    """What is not understood is refused, not guessed."""
    assert fault_in([HOST, *codings], version="1.1") is not None


def test_length_has_a_number_of_digits_that_fits() -> None:
    """2**64 has 20 digits; what has more cannot be a length."""
    assert fault_in([HOST, (b"content-length", b"1" * 20)], version="1.1") is None
    assert fault_in([HOST, (b"content-length", b"1" * 21)], version="1.1") is not None


@pytest.mark.parametrize(
    ("hosts", "version", "is_fine"),
    [
        ([], "1.0", True),
        ([], "1.1", False),
        ([HOST], "1.1", True),
        ([HOST, HOST], "1.1", False),
        ([(b"host", b"x/y")], "1.0", False),
    ],
)
def test_one_host(
    hosts: list[tuple[bytes, bytes]], version: str, *, is_fine: bool
) -> None:
    """HTTP/1.1 requires one host; HTTP/1.0 may have none."""
    assert (fault_in(hosts, version=version) is None) is is_fine
