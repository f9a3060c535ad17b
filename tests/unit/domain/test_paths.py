"""A visitor's path, added to a target."""

from urllib.parse import quote, unquote_to_bytes, urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st

from waypost.domain.urls.paths import add_path, as_visited
from waypost.domain.urls.queries import MAX_LOCATION

TARGETS = (
    "https://a.example",
    "HTTP://a.example:81/p",
    "https://a.example/p/?x=/../#y",
)
SEGMENTS = st.one_of(
    st.sampled_from(
        ["", ".", "..", "%2e", ".%2E", "..;a", "a\\b", "%5c", "%0a", "%2F"]
    ),
    st.sampled_from(["b", "@evil.example", "%zz", "?", "#", "é", "%c2%85", "..."]),
    st.text(st.characters(max_codepoint=255), max_size=4),
)


def is_refused(rest: str) -> bool:
    """Return whether the plain model refuses *rest*: letter by letter, in bytes."""
    data = unquote_to_bytes(rest.encode("latin-1"))
    text = data.decode("utf-8", "replace")
    controls = any(ord(c) < 32 or 127 <= ord(c) < 160 or c == "\\" for c in text)
    names = [part.split(b";")[0] for part in data.split(b"/")]
    return controls or b"." in names or b".." in names or not rest.strip("/")


@given(
    target=st.sampled_from(TARGETS),
    rest=st.lists(SEGMENTS, min_size=1, max_size=5).map("/".join),
)
def test_paths(target: str, rest: str) -> None:
    """For any path: refused, or below the target's path at the same host."""
    location = add_path(target, rest)
    if is_refused(rest):
        assert location is None
        return
    assert location is not None
    assert location.isascii()
    assert location.isprintable()
    assert location.isspace() is False
    before, after = urlsplit(target), urlsplit(location)
    assert (after.scheme, after.netloc) == (before.scheme, before.netloc)
    assert (after.query, after.fragment) == (before.query, before.fragment)
    root = before.path.removesuffix("/") + "/"
    assert after.path.startswith(root)
    sent = unquote_to_bytes(rest.lstrip("/").encode("latin-1"))
    assert unquote_to_bytes(after.path.removeprefix(root)) == sent


def test_too_long() -> None:
    """What would be too long is refused: half of it would lead elsewhere."""
    room = MAX_LOCATION - len("https://a.example/")
    assert add_path("https://a.example", quote("x" * room)) is not None
    assert add_path("https://a.example", "x" * (room + 1)) is None


@pytest.mark.parametrize("target", ["mailto:a@b.example", "app:", "app://", "app:/x"])
def test_targets_without_a_host(target: str) -> None:
    """They get no path, which could become a host."""
    assert add_path(target, "evil.example") is None


@pytest.mark.parametrize(
    ("path", "visited"),
    [
        ("/", "/"),
        ("/a/b", "/a/b"),
        ("/a/../b/./c", "/b/c"),
        ("/../../a", "/a"),
        ("/a/..", "/"),
        ("/a/.", "/a/"),
        ("/a//b", "/a//b"),
        ("/%61%2E%2e/%2e%2E/%2f", "/%2f"),
        ("/a/../b?c=/../d&%61", "/b?c=/../d&%61"),
    ],
)
def test_paths_as_they_are_visited(path: str, visited: str) -> None:
    """As browsers resolve them, and without encoding where none is needed."""
    assert as_visited(path) == visited
