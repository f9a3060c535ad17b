"""The clock of this machine, and host names as browsers read them."""

# ruff: noqa: RUF001  # letters that look alike are what these tests are about

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from waypost.adapters.local import IdnaHostNames, SystemClock


def test_clock_shows_utc() -> None:
    """The time is the real one and carries its zone."""
    before = datetime.now(UTC)
    now = SystemClock().now()
    assert before <= now <= datetime.now(UTC)
    assert UTC is now.tzinfo


@pytest.mark.parametrize(
    ("host", "expected"),
    [
        ("Example.COM", "example.com"),
        ("example.com.", "example.com."),
        ("münchen.example", "xn--mnchen-3ya.example"),
        ("MÜNCHEN.example", "xn--mnchen-3ya.example"),
        ("faß.de", "xn--fa-hia.de"),
        ("xn--fa-hia.de", "xn--fa-hia.de"),
        ("ex．ample。com", "ex.ample.com"),
        ("مثال.إختبار", "xn--mgbh0fb.xn--kgbechtv"),
        ("i❤.example", "xn--i-7iq.example"),
        ("a_b.-c-.r3---sn.example", "a_b.-c-.r3---sn.example"),
        ("ü_b.example", "xn--_b-wka.example"),
        ("a" * 63 + ".example", "a" * 63 + ".example"),
    ],
)
def test_hosts_that_browsers_visit(host: str, expected: str) -> None:
    """A host comes out in the form that browsers ask DNS for."""
    assert expected == IdnaHostNames().to_ascii(host)


@pytest.mark.parametrize(
    "host",
    [
        "",
        ".",
        "a..b",
        ".a",
        "a b",
        "a%41",
        "a／b",
        "℀.example",
        "a" * 64,
        "ü" * 60,
        "a." * 127 + "aa",
        "xn--",
        "xn--a",
        "xn--a-",
        "xn--zzzzzz",
        "a\u200db",
        "\u0301a",
        "aا",
        "\ud800",
        "ü" * 100_000,
    ],
)
def test_hosts_that_cannot_exist(host: str) -> None:
    """What no browser would look up is refused."""
    with pytest.raises(ValueError):  # noqa: PT011  # the texts are idna's
        IdnaHostNames().to_ascii(host)


@given(host=st.text())
def test_arbitrary_hosts(host: str) -> None:
    """Any text is refused by ValueError, or its form is final."""
    names = IdnaHostNames()
    try:
        found = names.to_ascii(host)
    except ValueError:
        return
    assert found.isascii()
    assert found == names.to_ascii(found)
