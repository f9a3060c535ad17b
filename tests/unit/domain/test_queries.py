"""A visitor's query, added to a target."""

from urllib.parse import parse_qsl, quote, urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st

from waypost.domain.urls.queries import MAX_LOCATION, add_query, set_parameters


@pytest.mark.parametrize(
    ("target", "query", "location"),
    [
        ("https://a.example/p", "x=1", "https://a.example/p?x=1"),
        ("https://a.example/p?a=b", "x=1&y=2", "https://a.example/p?a=b&x=1&y=2"),
        ("https://a.example/p#top", "x=1", "https://a.example/p?x=1#top"),
        ("https://a.example/p?a#t?b", "x", "https://a.example/p?a&x#t?b"),
        ("https://a.example/p?", "x=1", "https://a.example/p?x=1"),
        ("https://a.example/p?a=b&", "x=1", "https://a.example/p?a=b&x=1"),
        ("https://a.example/p?a=b", "a=c", "https://a.example/p?a=b"),
        ("https://a.example/p?a=b", "%61=c&A=d", "https://a.example/p?a=b&A=d"),
        (
            "https://a.example/p?a=b",
            "a[]=c&+a=c&a%00=c&x;a=c",
            "https://a.example/p?a=b",
        ),
        (
            "https://a.example/p?a_b=c",
            "a.b=d&a+b=d&b=e",
            "https://a.example/p?a_b=c&b=e",
        ),
        ("https://a.example/p?a;b=c", "b=d&c;d=e", "https://a.example/p?a;b=c&c;d=e"),
        ("https://a.example/p", "", "https://a.example/p"),
        ("https://a.example/p", "&&", "https://a.example/p"),
        ("https://a.example/p", "x=1&x=2", "https://a.example/p?x=1&x=2"),
        ("https://a.example/p", "qr&x=1&qr=2", "https://a.example/p?x=1"),
        ("https://a.example/p", "x=%C3%BC&y=1+2", "https://a.example/p?x=%C3%BC&y=1+2"),
        ("https://a.example/p", "x=\xc3\xbc", "https://a.example/p?x=%C3%BC"),
        ("https://a.example/p", 'x="<>', "https://a.example/p?x=%22%3C%3E"),
        ("https://a.example/p", "x=1#y", "https://a.example/p?x=1%23y"),
        ("mailto:a@b.example?subject=s", "cc=c", "mailto:a@b.example?subject=s&cc=c"),
    ],
)
def test_queries(target: str, query: str, location: str) -> None:
    """What the target has is kept as it is, and what it lacks is added."""
    assert add_query(target, query) == location


def test_too_long() -> None:
    """What would be too long stays without the visitor's query."""
    target = "https://a.example/"
    room = MAX_LOCATION - len(target) - 1
    assert len(add_query(target, "x" * room)) == MAX_LOCATION
    assert add_query(target, "x" * (room + 1)) == target


@given(
    query=st.text(st.characters(max_codepoint=255), max_size=40),
    own=st.sampled_from(["", "?a=b", "?a=b&c", "#f", "?a=b#f"]),
)
def test_no_query_breaks_a_target(query: str, own: str) -> None:
    """For any query: a header's characters, the same place, the same values."""
    target = f"https://a.example/p{own}"
    location = add_query(target, query)
    assert location.isascii()
    assert location.isprintable()
    assert " " not in location
    before, after = urlsplit(target), urlsplit(location)
    assert after[:3] == before[:3]
    assert after.fragment == before.fragment
    values = parse_qsl(after.query, keep_blank_values=True)
    kept = parse_qsl(before.query, keep_blank_values=True)
    assert values[: len(kept)] == kept
    assert {name for name, _ in kept}.isdisjoint(
        name for name, _ in values[len(kept) :]
    )


NAMES = ("utm_source", "utm_medium", "utm_campaign")
PAIRS = st.lists(
    st.tuples(st.sampled_from([*NAMES, "a", "UTM_source"]), st.text(max_size=5)),
    max_size=5,
)


@given(
    own=PAIRS,
    values=st.dictionaries(st.sampled_from(NAMES), st.text(max_size=9), min_size=1),
    fragment=st.sampled_from(["", "#top", "#?utm_source=x"]),
)
def test_parameters_are_set(
    own: list[tuple[str, str]], values: dict[str, str], fragment: str
) -> None:
    """As a list of pairs: first ones replaced, later ones left out, the rest added."""
    query = "&".join(f"{quote(n)}={quote(v, safe='')}" for n, v in own)
    target = f"https://a.example/p{'?' if query else ''}{query}{fragment}"
    location = set_parameters(target, values)

    missing, expected = dict(values), []
    for name, value in own:
        if name not in values:
            expected.append((name, value))
        elif name in missing:
            expected.append((name, missing.pop(name)))
    expected.extend(missing.items())
    assert location.isascii()
    assert location.isprintable()
    parts = urlsplit(location)
    assert parts[:3] == urlsplit(target)[:3]
    assert parse_qsl(parts.query, keep_blank_values=True) == expected
    assert location.endswith(fragment)
    assert set_parameters(location, values) == location
