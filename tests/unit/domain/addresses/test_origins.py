"""Origins of targets: what is spared, and until when."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.unit.domain.addresses.test_targets import POLICY, UNCHANGED, normalise
from waypost.domain.errors import InvalidTarget
from waypost.domain.urls.origins import MOST, AcceptedOrigins, usual_origin

ORIGIN = "https://www.example.com"
pieces = st.sampled_from(
    [
        *"aZ09/?#%&=+@:;,.!~*'()[]$_-",
        *'"<>\\^`{|}',
        " ",
        "\t",
        "é",
        "\n",
        "\ud800",
        "//",
    ]
)


@given(st.lists(pieces, max_size=12).map("".join))
def test_nothing_behind_a_usual_origin_is_changed_or_refused(rest: str) -> None:
    """So its URLs may be taken as they are."""
    url = f"{ORIGIN}/{rest}"
    if usual_origin(url) is not None:
        assert usual_origin(url) == ORIGIN
        assert normalise(url) == url


@pytest.mark.parametrize(
    "url",
    [
        *(
            f"{origin}/path"
            for origin in (
                *("HTTPS://www.example.com", "https://WWW.example.com"),
                *("https://192.0.2.1", "https://0x7f.1", "https://[2001:db8::1]"),
                *("https://example.com:8443", "https://example.com.", "https://a..b"),
                *("https://user@example.com", "https://münchen.example", "ftp://a.de"),
                *("https://localhost", "https://a_b.example.com", "//www.example.com"),
            )
        ),
        ORIGIN,
        f"{ORIGIN}?q",
        f" {ORIGIN}/",
        f"{ORIGIN}\\@evil.example/",
        f"{ORIGIN}/\n",
    ],
)
def test_what_needs_a_closer_look_has_no_usual_origin(url: str) -> None:
    """It is checked each time."""
    assert usual_origin(url) is None


@pytest.mark.parametrize("url", UNCHANGED)
def test_an_origin_says_whether_its_targets_are_accepted(url: str) -> None:
    """Two targets of one origin are accepted, or none of them."""
    if (origin := usual_origin(url)) is None:
        return
    assert normalise(f"{origin}/another?page") == f"{origin}/another?page"
    own = f"{origin.partition('://')[0]}://go.example/another"
    assert usual_origin(own) is not None
    with pytest.raises(InvalidTarget):
        normalise(own, POLICY)


def test_what_was_accepted_is_forgotten_with_what_accepted_it() -> None:
    """A domain that is added later is a reason to look again."""
    accepted, first, second = AcceptedOrigins(), object(), object()
    accepted.add(ORIGIN, checked_by=first)
    assert accepted.has(ORIGIN, checked_by=first)
    assert not accepted.has("https://www.example.org", checked_by=first)
    assert not accepted.has(ORIGIN, checked_by=second)
    accepted.add("https://www.example.org", checked_by=second)
    assert not accepted.has(ORIGIN, checked_by=first)
    assert not accepted.has(ORIGIN, checked_by=second)


def test_origins_are_remembered_up_to_a_number() -> None:
    """A file with as many hosts as lines does not fill the memory."""
    accepted, by = AcceptedOrigins(), object()
    for number in range(MOST + 1):
        accepted.add(f"https://{number}.example.com", checked_by=by)
    assert not accepted.has("https://0.example.com", checked_by=by)
    assert accepted.has(f"https://{MOST}.example.com", checked_by=by)
