"""A click survives the bus, and a record that is no click is recognised."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from waypost.domain.clicks import Click, JournaledClick, lane_of
from waypost.wire.click_event import (
    BusClick,
    bare_click,
    decode_bare,
    decode_click,
    decode_whole_click,
    encode_click,
    event_id,
)

JOURNAL = "0123456789abcdef0123456789abcdef"
BIGGEST = 2**63 - 1

any_header = st.binary(max_size=40)
codes = st.text(st.sampled_from("0123456789abcXYZ"), min_size=1, max_size=20)


def journaled(sequence: int = 7) -> JournaledClick:
    """Return a click with every field filled."""
    return JournaledClick(
        journal=JOURNAL,
        lane=lane_of("abc1234"),
        sequence=sequence,
        click=Click(
            time_ns=1_735_689_600_000_000_000,
            code="abc1234",
            link_id=99,
            address="2001:db8::7",
            query=b"utm_source=mail",
            host=b"go.example",
            user_agent=b"Mozilla/5.0",
            referrer=b"https://example.com/",
            language=b"de,en;q=0.5",
            purpose=b"prefetch",
            fetch=b"cross-site,navigate,document,?1",
            client_hints=b'"Chromium";v="140";?0;"Linux"',
            privacy=b"1",
            sender=b"robot@example.com",
        ),
    )


def changed(**fields: object) -> bytes:
    """Return an encoded click with other values for *fields*; None takes one out."""
    event = json.loads(encode_click(journaled())) | fields
    return json.dumps({k: v for k, v in event.items() if v is not None}).encode()


def test_the_wire_is_pinned() -> None:
    """Other programs read these names; a change here breaks them."""
    assert json.loads(encode_click(journaled())) == {
        "short_code": "abc1234",
        "delta": 1,
        "journal": JOURNAL,
        "lane": lane_of("abc1234"),
        "sequence": 7,
        "link_id": 99,
        "time_ns": 1_735_689_600_000_000_000,
        "address": "2001:db8::7",
        "query": "utm_source=mail",
        "host": "go.example",
        "user_agent": "Mozilla/5.0",
        "referrer": "https://example.com/",
        "language": "de,en;q=0.5",
        "purpose": "prefetch",
        "fetch": "cross-site,navigate,document,?1",
        "client_hints": '"Chromium";v="140";?0;"Linux"',
        "privacy": "1",
        "sender": "robot@example.com",
    }


def test_the_id_is_the_identity() -> None:
    """The id of the event is journal, lane and sequence."""
    assert event_id(journaled()) == f"{JOURNAL}-{lane_of('abc1234')}-7"


@given(
    code=codes,
    sequence=st.integers(1, BIGGEST),
    lane=st.integers(0, 63),
    link_id=st.integers(0, BIGGEST),
    time_ns=st.integers(0, BIGGEST),
)
def test_identity_comes_back(
    code: str, sequence: int, lane: int, link_id: int, time_ns: int
) -> None:
    """Every field that counting uses is the same on the other side."""
    click = journaled().click._replace(code=code, link_id=link_id, time_ns=time_ns)
    sent = JournaledClick(JOURNAL, lane, sequence, click)
    assert decode_click(encode_click(sent)) == BusClick(
        journal=JOURNAL,
        lane=lane,
        sequence=sequence,
        link_id=link_id,
        short_code=code,
        time_ns=time_ns,
    )


@given(headers=st.lists(any_header, min_size=10, max_size=10))
def test_any_header_is_carried(headers: list[bytes]) -> None:
    """Visitors send any bytes; each comes back as it was, and none harms the click."""
    click = Click._make([1, "abc1234", 99, "127.0.0.1", *headers, "", "", ""])
    sent = JournaledClick(JOURNAL, 5, 1, click)
    content = encode_click(sent)
    assert decode_click(content).sequence == 1
    event = json.loads(content)
    assert [event[name].encode("latin-1") for name in Click._fields[4:-3]] == headers


@pytest.mark.parametrize(
    ("fields", "address", "country"),
    [
        ({}, "2001:db8::7", ""),
        ({"country": "CH"}, "2001:db8::7", "CH"),
        ({"country": "nowhere"}, "2001:db8::7", ""),
        ({"address": "203.0.113.7 CH"}, "203.0.113.7", "CH"),
        ({"address": " CH"}, "", "CH"),
        ({"address": "not known"}, "not", ""),
    ],
)
def test_the_country_comes_back(
    fields: dict[str, object], address: str, country: str
) -> None:
    """It is a field, or in the address where a forwarder is older than its edge."""
    click = decode_whole_click(changed(**fields)).click
    assert (click.address, click.country) == (address, country)


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        ({}, (b"robot@example.com", "", "")),
        ({"variant": "b"}, (b"robot@example.com", "", "b")),
        ({"sender": "bot\nSwiss\n"}, (b"bot", "Swiss", "")),
        ({"sender": "\n0\ngr\u00c3\u00b6\u00c3\u009fer"}, (b"", "0", "größer")),
        ({"sender": "\n\u00ff\n"}, (b"", "\ufffd", "")),
        ({"sender": "\n"}, (b"", "", "")),
    ],
)
def test_what_was_chosen_comes_back(
    fields: dict[str, object], expected: tuple[bytes, str, str]
) -> None:
    """It has fields, or is in the sender where a forwarder is older than its edge."""
    click = decode_whole_click(changed(**fields)).click
    assert (click.sender, click.rule, click.variant) == expected


def test_fields_of_tomorrow_are_passed_over() -> None:
    """An older reader counts what a newer writer sends."""
    assert decode_click(changed(colour={"of": ["the", "sky"]})).link_id == 99


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"null",
        b"[]",
        b"{}",
        b"\x00\xff",
        b'"click"',
        encode_click(journaled())[:-1],
        encode_click(journaled()) + b"{}",
        b'{"x":' + b"[" * 100_000,
        encode_click(journaled()).replace(b"abc1234", b"abc\xff234"),
        changed(delta=2),
        changed(delta=-1),
        changed(delta=None),
        changed(delta=True),
        changed(lane=64),
        changed(lane=-1),
        changed(lane="5"),
        changed(sequence=0),
        changed(sequence=2**63),
        changed(sequence=1.5),
        changed(link_id=-1),
        changed(link_id=2**63),
        changed(time_ns=-1),
        changed(time_ns=2**63),
        changed(journal=""),
        changed(journal="j" * 65),
        changed(journal="jour\0nal"),
        changed(journal="jöurnal"),
        changed(journal=None),
        changed(short_code=""),
        changed(short_code="c" * 257),
    ],
)
def test_what_is_no_click_is_refused(content: bytes) -> None:
    """Nothing else gets as far as the store, whose transaction it would break."""
    with pytest.raises(ValueError, match=r"^[A-Z][ -~]{5,90}$"):
        decode_click(content)
    with pytest.raises(ValueError, match=r"[a-z]"):
        decode_whole_click(content)


def test_a_refusal_repeats_nothing() -> None:
    """Reasons are logged, so that they must not carry what a visitor sent."""
    content = changed(lane="secret", short_code="secret", delta=777_777)
    for wrong in (content, b'{"secret', changed(journal="sécret"), changed(delta=777)):
        with pytest.raises(ValueError, match=r"^[A-Z]") as caught:
            decode_click(wrong)
        assert "cret" not in str(caught.value)
        assert "777" not in str(caught.value)
        assert caught.value.__context__ is None or caught.value.__suppress_context__


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        (b'{"short_code": "abc123", "delta": 1}', ("abc123", 1)),
        (b'{"short_code":"abc123","delta":3}', ("abc123", 3)),
        (b'{"delta":1000000,"short_code":"abc123"}', ("abc123", 1_000_000)),
        (b'{"short_code":"abc123"}', ("abc123", 1)),
        (b'{"short_code":"","delta":1}', None),
        (b'{"short_code":"abc123","delta":0}', None),
        (b'{"short_code":"abc123","delta":-1}', None),
        (b'{"short_code":"abc123","delta":1000001}', None),
        (b'{"short_code":"abc123","delta":"1"}', None),
        (b'{"short_code":"abc123","delta":1,"journal":"x"}', None),
        (b'{"delta":1}', None),
        (b'"abc123"', None),
        (b"\xff", None),
        (b"[" * 100_000, None),
    ],
)
def test_clicks_of_other_programs(
    content: bytes, expected: tuple[str, int] | None
) -> None:
    """A code and a number, and nothing more: with more it is a broken one of ours."""
    assert decode_bare(content) == expected


@pytest.mark.parametrize(
    ("code", "delta", "expected"),
    [
        (b"abc123", b"1", ("abc123", 1)),
        (b"abc123", b"12", ("abc123", 12)),
        (b"abc123", b"many", None),
        (b"abc123", b"-1", None),
        (b"", b"1", None),
        (None, b"1", None),
        (b"\xff", b"1", None),
    ],
)
def test_entries_of_other_programs(
    code: bytes | None, delta: bytes, expected: tuple[str, int] | None
) -> None:
    """The fields of an entry are texts."""
    assert bare_click(code, delta) == expected


def test_a_place_is_no_journal() -> None:
    """No event can name a place where other programs put their clicks."""
    event = json.loads(encode_click(journaled())) | {"journal": "kafka:topic:0"}
    with pytest.raises(ValueError, match=r"\$\.journal"):
        decode_click(json.dumps(event).encode())
