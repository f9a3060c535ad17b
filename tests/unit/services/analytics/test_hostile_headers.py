"""No bytes of a client stop enrichment, or get into what a report shows."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from waypost.domain.analytics.dimensions import PLACES, Dimension
from waypost.domain.analytics.enriched import MAX_VALUE
from waypost.domain.clicks import Click
from waypost.services.analytics.step import EnrichmentStep
from waypost.services.analytics.steps.agents.agent import MAX_AGENT
from waypost.services.analytics.steps.moment import NS_PER_MS, moments_of
from waypost.services.analytics.steps.visitor import asks_for_privacy, visitor_of

BYTES = (
    st.binary(max_size=300)
    | st.text(max_size=200).map(lambda text: text.encode(errors="surrogatepass"))
    | st.binary(max_size=4).map(lambda part: part * 3000)
)
PARTS = st.sampled_from(
    [
        *(b"https://", b"android-app://", b"www.", b"@", b":", b"/", b"?", b"[", b"]"),
        *(b"utm_source=", b"utm_medium=email", b"&", b"=", b"%", b"%00", b"qr", b"+"),
        *(b"de", b";q=", b"0.5", b",", b"*", b"\xff", b"\xc3", b"\x00", b"\r\n", b'"'),
        *(b"Mozilla/5.0 (", b"Android", b"bot", b"?1", b";", b"prefetch", b"1", b"\\"),
    ]
)
HEADER = BYTES | st.lists(PARTS, max_size=12).map(b"".join)
CLICKS = st.builds(
    Click,
    time_ns=st.integers(min_value=-(2**63), max_value=2**63 - 1),
    code=st.just("x"),
    link_id=st.just(1),
    address=st.text(max_size=60) | st.ip_addresses().map(str),
    query=HEADER,
    host=HEADER,
    user_agent=HEADER,
    referrer=HEADER,
    language=HEADER,
    purpose=HEADER,
    fetch=HEADER,
    client_hints=HEADER,
    privacy=HEADER,
    sender=HEADER,
    country=st.sampled_from(["", "CH", "US"]),
)


@pytest.mark.slow
@given(CLICKS)
def test_no_step_fails_and_every_value_is_clean(
    steps: tuple[EnrichmentStep, ...], click: Click
) -> None:
    """Each value is None, or printable text in NFC within its bound."""
    values = [value for step in steps for value in step.values([click])[0]]
    for place, value in enumerate(values):
        if value is not None:
            limit = MAX_AGENT if place == PLACES[Dimension.AGENT] else MAX_VALUE
            assert 0 < len(value) <= limit
            assert value == value.strip()
            assert unicodedata.is_normalized("NFC", value)
            assert not {unicodedata.category(letter) for letter in value} & {"Cc", "Cs"}


@given(CLICKS)
def test_every_click_has_a_visitor_and_a_moment(click: Click) -> None:
    """A hash has 64 bits, and a moment is no earlier than 1970."""
    assert 0 <= visitor_of(b"x" * 32)(click) < 2**64
    assert asks_for_privacy(click) in {True, False}
    (moment,) = moments_of([click.time_ns // NS_PER_MS], 10**12)
    assert 0 <= moment <= 10**12 + 300_000
