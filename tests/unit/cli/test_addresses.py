"""Where the command line looks for the server, and what it shows of URLs."""

import pytest

from waypost.cli.doctor.provenance import masked_url
from waypost.config import load_settings
from waypost.config.urls import is_loopback


@pytest.mark.parametrize(
    ("host", "expected"),
    [
        ("127.0.0.1", "http://127.0.0.1:8042"),
        ("0.0.0.0", "http://127.0.0.1:8042"),
        ("::", "http://[::1]:8042"),
        ("2001:db8::1", "http://[2001:db8::1]:8042"),
        ("myhost", "http://myhost:8042"),
    ],
)
def test_local_server(host: str, expected: str) -> None:
    """The server is called where it listens, not at the visitors' name for it."""
    settings = load_settings(HOST=host, PORT=8042, BASE_URL="https://go.example.com")

    assert settings.local_url == expected


@pytest.mark.parametrize(
    ("host", "expected"),
    [
        ("127.0.0.1", True),
        ("127.9.9.9", True),
        ("::1", True),
        ("localhost", True),
        ("go.localhost", True),
        ("10.0.0.1", False),
        ("localhost.example.com", False),
    ],
)
def test_loopback(host: str, expected: bool) -> None:  # noqa: FBT001 - a column of the table above
    """Only this machine itself is reached without the environment's proxies."""
    assert expected == is_loopback(host)


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("sqlite:////data/waypost.db", "sqlite:////data/waypost.db"),
        ("postgresql://me:secret@db/x", "postgresql://me:********@db/x"),
        ("redis://:secret@cache", "redis://:********@cache"),
        ("https://[broken:secret@", "https://[broken:********@"),
        ("postgresql://me:sec@ret@db/x", "postgresql://me:********@db/x"),
        ("postgresql://me:sec/ret@db/x", "postgresql://me:********@db/x"),
        (
            "postgresql://db/x?Password=secret&a=b",
            "postgresql://db/x?Password=********&a=b",
        ),
        (
            "http://a:secret@x,http://b:secret@y",
            "http://a:********@x,http://b:********@y",
        ),
        ("http://one:1,http://two:2", "http://one:1,http://two:2"),
        ("postgresql://me@db:5432/x", "postgresql://me@db:5432/x"),
    ],
)
def test_masked_url(url: str, expected: str) -> None:
    """A password in a URL is never shown."""
    assert expected == masked_url(url)
