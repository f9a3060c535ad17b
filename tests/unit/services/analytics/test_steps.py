"""What each step makes of headers, well-formed or not."""

import pytest

from tests.unit.services.analytics.clicks import CLICK
from waypost.domain.analytics.channels import CHANNELS, channel_of
from waypost.services.analytics.steps.campaign import campaign_of
from waypost.services.analytics.steps.language import language_of
from waypost.services.analytics.steps.query import parameters
from waypost.services.analytics.steps.referrer import host_of, referrer_step
from waypost.services.analytics.steps.source import source_step
from waypost.services.analytics.steps.text import text_of


@pytest.mark.parametrize(
    ("content", "text"),
    [
        (b"", None),
        (b"  \x00\r\n ", None),
        (b" plain ", "plain"),
        (b"a\x00b\nc\x7fd", "abcd"),
        ("u\u0308ber".encode(), "über"),
        ("e\x00\u0301".encode(), "é"),
        ("\u202egnp.exe".encode(), "gnp.exe"),
        ("\ufeffname\u2028\uffff".encode(), "name"),
        (b"caf\xe9", "café"),
        (b"\xff\xfe", "ÿþ"),
        (b"x" * 5000, "x" * 200),
        (b"x" * 199 + b" y", "x" * 199),
        (("x" * 1023 + "é").encode()[:1024], "x" * 200),
    ],
)
def test_text_is_read_or_nothing(content: bytes, text: str | None) -> None:
    """UTF-8 or else Latin-1, in NFC, without controls, up to the bound."""
    assert text_of(content) == text


def test_a_cut_within_a_character_is_not_read_as_another_encoding() -> None:
    """A header that was cut at the bound loses the half character only."""
    cut = ("é" + "x" * 1021 + "é").encode()[:1024]
    assert text_of(cut, 2000) == "é" + "x" * 1021


@pytest.mark.parametrize(
    ("header", "language"),
    [
        (b"de-CH,de;q=0.9,en;q=0.8", "de"),
        (b"en;q=0.5, fr", "fr"),
        (b"en;q=0.5, fr;q=0.5", "en"),
        (b"EN-us", "en"),
        (b"zh_Hans_CN", "zh"),
        (b"gsw-CH", "gsw"),
        (b"*", None),
        (b"*, de;q=0.1", "de"),
        (b"de;q=0", None),
        (b"de;q=abc, it;q=0.3", "it"),
        (b"de;q=9, it", "de"),
        (b"de ; q = 0.4 , it;q=0.3", "de"),
        (b"english", None),
        (b"\xff\x00,,;;q=1", None),
        (b"", None),
        (b"," * 5000 + b"de", None),
    ],
)
def test_the_first_of_the_preferred_languages(
    header: bytes, language: str | None
) -> None:
    """The highest weight decides, then the order; what is no language is left out."""
    assert language_of(header) == language


@pytest.mark.parametrize(
    ("referrer", "host"),
    [
        (b"https://www.Example.com/page?q=1#x", "example.com"),
        (b"http://example.com:8080", "example.com"),
        (b"https://user:secret@example.com/", "example.com"),
        (b"HTTPS://EXAMPLE.COM./", "example.com"),
        (b"https://xn--bcher-kva.example/", "xn--bcher-kva.example"),
        ("https://bücher.example/".encode(), "bücher.example"),
        (b"android-app://com.google.android.gm/", "com.google.android.gm"),
        (b"https://[2001:db8::1]/", None),
        (b"https:///nothing", None),
        (b"https://exa mple.com/", None),
        (b"https://.www./", "www"),
        (b"javascript:alert(1)", None),
        (b"about:blank", None),
        (b"example.com", None),
        (b"", None),
        (b"https://" + b"\xff" * 900, "ÿ" * 200),
    ],
)
def test_the_host_of_a_referrer(referrer: bytes, host: str | None) -> None:
    """Pages and Android's apps have a host; all else has none."""
    assert host_of(referrer) == host


@pytest.mark.parametrize(
    ("host", "channel"),
    [
        ("google.com", "search"),
        ("google.co.uk", "search"),
        ("google.com.au", "search"),
        ("de.search.yahoo.com", "search"),
        ("yandex.ru", "search"),
        ("docs.google.com", "other"),
        ("google.example.com", "other"),
        ("notgoogle.com", "other"),
        ("google", "other"),
        ("l.facebook.com", "social"),
        ("m.facebook.com", "social"),
        ("t.co", "social"),
        ("pinterest.ch", "social"),
        ("out.reddit.com", "social"),
        ("mail.google.com", "mail"),
        ("com.google.android.gm", "mail"),
        ("com.google.android.googlequicksearchbox", "search"),
        ("com.slack", "social"),
        ("outlook.live.com", "mail"),
        ("chatgpt.com", "assistant"),
        ("gemini.google.com", "assistant"),
        ("www.perplexity.ai", "assistant"),
        ("copilot.microsoft.com", "assistant"),
        ("example.com", "other"),
        ("com", "other"),
        ("", "other"),
        ("...", "other"),
    ],
)
def test_the_channel_of_a_host(host: str, channel: str) -> None:
    """A host belongs to the channel of its longest listed name."""
    assert channel_of(host) == channel


def test_every_listed_host_is_found() -> None:
    """Each entry is in the form in which hosts are looked up."""
    for entry, channel in CHANNELS.items():
        assert channel_of(entry.replace(".*", ".de")) == channel, entry


@pytest.mark.parametrize(
    ("referrer", "host", "query", "found"),
    [
        (b"", b"go.example.com", b"", (None, "direct")),
        (b"https://go.example.com/x", b"go.example.com:8000", b"", (None, "direct")),
        (b"https://www.own.example/x", b"go.example.com", b"", (None, "direct")),
        (b"https://t.co/x", b"go.example.com", b"", ("t.co", "social")),
        (b"https://t.co/x", b"\xff", b"utm_medium=email", ("t.co", "social")),
        (b"", b"", b"utm_medium=Email", (None, "mail")),
        (b"", b"", b"utm_source=chatgpt.com", (None, "assistant")),
        (b"", b"", b"utm_source=spring", (None, "direct")),
    ],
)
def test_own_pages_are_no_referrers(
    referrer: bytes, host: bytes, query: bytes, found: tuple[str | None, str]
) -> None:
    """Without a referrer of another host, a campaign may say what the channel is."""
    step = referrer_step({"own.example:8443"})
    click = CLICK._replace(referrer=referrer, host=host, query=query)
    assert step.values([click]) == [found]


@pytest.mark.parametrize(
    ("query", "campaign"),
    [
        (b"", (None,) * 5),
        (b"utm_source=a&utm_source=b", ("a", None, None, None, None)),
        (b"utm_source=&utm_term=x", (None, None, None, "x", None)),
        (b"utm_campaign=a+b%2Bc", (None, None, "a b+c", None, None)),
        (b"utm_content=%E4", (None, None, None, None, "ä")),
        (b"utm_content=%C3%A4%00", (None, None, None, None, "ä")),
        (b"utm_medium=%zz%", (None, "%zz%", None, None, None)),
        (b"UTM_SOURCE=a", (None,) * 5),
        (b"utm_source", (None,) * 5),
        (b"&=&&" * 100 + b"utm_source=late", (None,) * 5),
    ],
)
def test_the_campaign_of_a_query(query: bytes, campaign: tuple[str | None]) -> None:
    """The first value of each name is decoded once."""
    assert campaign_of(query) == campaign


def test_parameters_are_bounded() -> None:
    """A query of many parameters costs no more than its first 64."""
    query = b"&".join(b"a%d=1" % n for n in range(5000))
    assert len(parameters(query)) == 64


@pytest.mark.parametrize(
    ("query", "source"),
    [
        (b"", "link"),
        (b"qr", "qr"),
        (b"qr=1", "qr"),
        (b"a=1&qr&b=2", "qr"),
        (b"a=qr", "link"),
        (b"qrcode=1", "link"),
        (b"%71r", "link"),
    ],
)
def test_qr_codes_carry_a_parameter(query: bytes, source: str) -> None:
    """The parameter's presence decides, and not its value."""
    assert source_step().values([CLICK._replace(query=query)]) == [(source,)]
