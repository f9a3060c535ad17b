"""Items that are read by a shorter way."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from waypost.api.bulk.bodies import MAX_REF, CreateItem
from waypost.api.bulk.plain import plain_item

texts = st.one_of(
    st.text(max_size=8),
    st.sampled_from(["create", "update", "https://example.com/a", "r" * 256, None]),
    st.just(7),
)
names = st.sampled_from(["url", "code", "ref", "op", "title", "tags"])
pairs = st.lists(st.tuples(names, texts), max_size=5)


def written(pairs: list[tuple[str, object]], *, is_ascii: bool) -> bytes:
    """Return the object of *pairs*, in which a name may come twice."""
    fields = [
        f"{json.dumps(name)}: {json.dumps(value, ensure_ascii=is_ascii)}"
        for name, value in pairs
    ]
    return f"{{{', '.join(fields)}}}".encode("utf-8", "surrogatepass")


@given(pairs=pairs, is_ascii=st.booleans())
def test_both_ways_read_the_same(
    pairs: list[tuple[str, object]], *, is_ascii: bool
) -> None:
    """What is taken as a plain item is one by the description of the API too."""
    text = written(pairs, is_ascii=is_ascii)
    plain = plain_item(text, longest_ref=MAX_REF)
    if plain is not None:
        whole = CreateItem.model_validate_json(text)
        assert whole.model_fields_set <= {"url", "code", "ref", "op"}
        assert (plain.url, plain.code, plain.ref, plain.op) == (
            whole.url,
            whole.code,
            whole.ref,
            whole.op,
        )
        given = whole.creation()
        assert plain.creation() == type(given)(url=given.url, code=given.code)


@pytest.mark.parametrize(
    "text",
    [
        *(b'{"url": "a"}', b'{"url":"a","code":"b","ref":"c"}'),
        *(b'{"op": "create", "url": "a", "code": null}', b' {"url":"\\u0061"}\r'),
    ],
)
def test_an_item_with_a_url_and_a_code_is_plain(text: bytes) -> None:
    """Long lists have hardly any others."""
    assert plain_item(text, longest_ref=MAX_REF) is not None


@pytest.mark.parametrize(
    "text",
    [
        *(b"", b"7", b"[]", b'{"url": }', b'{"url": "a"} x', b"[" * 5000, b"\xff"),
        *(b'{"url": 7}', b'{"url": null}', b'{"code": "a"}', b'{"url": "\xc3\xa9"}'),
        *(b'{"url": "a", "title": "b"}', b'{"url": "a", "op": "delete"}'),
        *(b'{"url": "\\n"}', b'{"url": "\\ud800"}', b'{"url": "a", "ref": "\\t"}'),
        b'{"url": "a", "ref": "%s"}' % (b"r" * (MAX_REF + 1)),
    ],
)
def test_all_else_is_looked_at_more_closely(text: bytes) -> None:
    """The longer way takes it, or says what is wrong."""
    assert plain_item(text, longest_ref=MAX_REF) is None
