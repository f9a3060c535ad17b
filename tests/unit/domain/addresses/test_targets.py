"""Targets: what is refused, and what every accepted URL becomes."""

# ruff: noqa: RUF001  # letters that look alike are what these tests are about

from dataclasses import replace
from urllib.parse import unquote_to_bytes, urlsplit

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from waypost.adapters.local import IdnaHostNames
from waypost.domain import errors
from waypost.domain.urls.own_server import OwnServer
from waypost.domain.urls.targets import TargetPolicy, leads_back, normalise_target

to_ascii = IdnaHostNames().to_ascii
POLICY = TargetPolicy(
    schemes=frozenset({"http", "https", "mailto", "app.example"}),
    max_length=300,
    allow_credentials=False,
    own=OwnServer(hosts=frozenset({"go.example"}), ports=frozenset({80, 443, 8000})),
)
LENIENT = TargetPolicy(
    schemes=frozenset({"http", "https"}),
    max_length=8_192,
    allow_credentials=True,
    own=OwnServer(),
)


def normalise(url: str, policy: TargetPolicy = POLICY) -> str:
    """Return what *policy* makes of *url*, by the real rules of host names."""
    return normalise_target(url, policy=policy, to_ascii=to_ascii)


UNCHANGED = [
    "https://example.com",
    "https://example.com/",
    "HTTPS://EXAMPLE.com/Path",
    "https://example.com?q",
    "https://example.com#f",
    "https://example.com:443",
    "HTTP://EXAMPLE.com:80/",
    "http://example.com:443/",
    "http://[2001:db8::1]",
    "http://[2001:DB8::1]:80",
    "http://example.com:8080/a/b?c=d&c=e#f",
    "https://example.com/a//b/../c/./;p=1?q=a+b;c&&=&x",
    "https://example.com/%2f%2F%zz%?100%",
    "https://example.com/'()*!$,:@[]~-._",
    "https://example.com/?next=https://other.example/?a=b",
    "https://example.com/#/route?x=#y",
    "https://a_b.example/",
    "https://-a-.r3---sn.example/",
    "https://example.com./",
    "https://intranet/",
    "https://127.0.0.1:8443/",
    "https://[2001:db8::1]:8443/",
    "https://go.example:8080/",
    "https://www.go.example/",
    "https://go.example.evil.example/",
    "https://evil.example/go.example",
    "mailto:me@example.com?subject=hello",
    "app.example:open/7",
]


@pytest.mark.parametrize("url", UNCHANGED)
def test_what_stays_as_it_is(url: str) -> None:
    """The server behind a target sees exactly what was shortened."""
    assert url == normalise(url)


@pytest.mark.parametrize(
    ("url", "target"),
    [
        ("  https://example.com  ", "https://example.com"),
        ("HTTPS://EXAMPLE.com/a b", "https://example.com/a%20b"),
        ("http://example.com:/", "http://example.com/"),
        ("http://example.com:0008080/", "http://example.com:8080/"),
        ("https://münchen.example/", "https://xn--mnchen-3ya.example/"),
        ("https://faß.de/", "https://xn--fa-hia.de/"),
        ("https://例え.example/", "https://xn--r8jz45g.example/"),
        ("https://👍.example/", "https://xn--yp8h.example/"),
        ("https://ex．ample。com/", "https://ex.ample.com/"),
        ("https://ｅｘａｍｐｌｅ.com/", "https://example.com/"),
        ("https://exam\u00adple.com/", "https://example.com/"),
        ("http://0x7f.1/", "http://127.0.0.1/"),
        ("http://0177.0.0.01/", "http://127.0.0.1/"),
        ("http://2130706433/", "http://127.0.0.1/"),
        ("http://1.2.3/", "http://1.2.0.3/"),
        ("http://１２７.0.0.1./", "http://127.0.0.1/"),
        ("http://[2001:DB8:0:0::1]/", "http://[2001:db8::1]/"),
        ("https://example.com/ü?ö#ä", "https://example.com/%C3%BC?%C3%B6#%C3%A4"),
        ("https://example.com/a b", "https://example.com/a%20b"),
        ("https://example.com/👍", "https://example.com/%F0%9F%91%8D"),
        (
            'https://example.com/"<>\\^`{|}?"<>\\^`{|}',
            "https://example.com/%22%3C%3E%5C%5E%60%7B%7C%7D?%22%3C%3E%5C%5E%60%7B%7C%7D",
        ),
        ("MAILTO:jörg @example.com", "mailto:j%C3%B6rg%20@example.com"),
    ],
)
def test_what_is_normalised(url: str, target: str) -> None:
    """Scheme, host, port and illegal characters come out as browsers send them."""
    assert target == normalise(url, replace(POLICY, own=OwnServer()))


@pytest.mark.parametrize(
    ("url", "refusal"),
    [
        ("", errors.TargetMissing),
        ("   ", errors.TargetMissing),
        ("https://example.com/" + "a" * 300, errors.TargetTooLong),
        ("https://example.com/" + "ü" * 100, errors.TargetTooLong),
        ("\0" * 10_000_000, errors.TargetTooLong),
        ("https://example.com/\r\nSet-Cookie: a=b", errors.TargetHasControlCharacters),
        ("https://exa\tmple.com/", errors.TargetHasControlCharacters),
        ("https://example.com/\n", errors.TargetHasControlCharacters),
        ("\x00", errors.TargetHasControlCharacters),
        ("https://example.com/\x7f", errors.TargetHasControlCharacters),
        ("https://example.com/\x85", errors.TargetHasControlCharacters),
        ("https://example.com/\u2028", errors.TargetHasControlCharacters),
        ("https://example.com/\u202egpj.exe", errors.TargetHasControlCharacters),
        ("\ufeffhttps://example.com/", errors.TargetHasControlCharacters),
        ("https://example.com/\ud800", errors.TargetMalformed),
        ("example.com/x", errors.TargetMalformed),
        ("example.com:8080/x", errors.TargetMalformed),
        ("//example.com", errors.TargetMalformed),
        ("/path", errors.TargetMalformed),
        ("not a url", errors.TargetMalformed),
        (":", errors.TargetMalformed),
        ("https:", errors.TargetMalformed),
        ("https:example.com", errors.TargetMalformed),
        ("https:/example.com", errors.TargetMalformed),
        ("https:\\\\example.com", errors.TargetMalformed),
        ("mailto:", errors.TargetMalformed),
        ("javascript:alert(1)", errors.TargetSchemeNotAllowed),
        ("JavaScript:alert(1)", errors.TargetSchemeNotAllowed),
        ("data:text/html,x", errors.TargetSchemeNotAllowed),
        ("ftp://example.com/", errors.TargetSchemeNotAllowed),
        ("evil.example://x", errors.TargetSchemeNotAllowed),
        ("http:///x", errors.TargetHostInvalid),
        ("http://", errors.TargetHostInvalid),
        ("http://?x", errors.TargetHostInvalid),
        ("http://:80/", errors.TargetHostInvalid),
        ("https://exa mple.com", errors.TargetHostInvalid),
        ("https://exa%6dple.com", errors.TargetHostInvalid),
        ("https://exa％6dple.com", errors.TargetHostInvalid),
        ("https://good.example\\@evil.example/", errors.TargetHostInvalid),
        ("https://evil.example／good.example", errors.TargetHostInvalid),
        ("https://a..example/", errors.TargetHostInvalid),
        ("https://./", errors.TargetHostInvalid),
        ("https://a,b.example/", errors.TargetHostInvalid),
        ("https://" + "a" * 64 + ".example/", errors.TargetHostInvalid),
        ("https://" + "a." * 127 + "example/", errors.TargetHostInvalid),
        ("https://xn--a.example/", errors.TargetHostInvalid),
        ("http://256.0.0.1/", errors.TargetHostInvalid),
        ("http://1.2.3.4.5/", errors.TargetHostInvalid),
        ("http://1_0.1/", errors.TargetHostInvalid),
        ("http://-1.1/", errors.TargetHostInvalid),
        ("http://09.1/", errors.TargetHostInvalid),
        ("http://4294967296/", errors.TargetHostInvalid),
        ("http://" + "0" * 200 + "1/", errors.TargetHostInvalid),
        ("http://[::1/", errors.TargetHostInvalid),
        ("http://[::g]/", errors.TargetHostInvalid),
        ("http://[fe80::1%eth0]/", errors.TargetHostInvalid),
        ("https://example.com:99999", errors.TargetPortInvalid),
        ("https://example.com:0", errors.TargetPortInvalid),
        ("https://example.com:-1", errors.TargetPortInvalid),
        ("https://example.com:٣", errors.TargetPortInvalid),
        ("https://example.com:80:80", errors.TargetPortInvalid),
        ("https://user:pw@h/", errors.TargetHasCredentials),
        ("https://user@h/", errors.TargetHasCredentials),
        ("https://@h/", errors.TargetHasCredentials),
        ("https://go.example", errors.TargetIsOwnLink),
        ("http://GO.example:80/abc", errors.TargetIsOwnLink),
        ("https://go.example.:443/abc", errors.TargetIsOwnLink),
        ("http://localhost.:8000/abc", errors.TargetIsOwnLink),
        ("http://[0:0::1]:8000/abc", errors.TargetIsOwnLink),
    ],
)
def test_what_is_refused(url: str, refusal: type[errors.InvalidTarget]) -> None:
    """Every reason to refuse a target has its own class, and so its own code."""
    with pytest.raises(errors.InvalidTarget) as caught:
        normalise(url)
    assert refusal is caught.type


@pytest.mark.parametrize(
    ("target", "is_loop"),
    [
        ("https://go.example/abc", True),
        ("HTTPS://GO.example/abc", True),
        ("http://user:pw@go.example:8000/", True),
        ("https://go.example:8080/abc", False),
        ("https://example.com/abc", False),
        # No browser asks a web server for these, with any text behind them.
        ("mailto:go.example", False),
        ("app.example://go.example/abc", False),
        # Nothing that is stored has this form now; it leads nowhere.
        ("https:go.example", False),
    ],
)
def test_stored_targets_that_lead_back(target: str, *, is_loop: bool) -> None:
    """What became a loop when a name of this server changed is found."""
    assert leads_back(target, own=POLICY.own) is is_loop


def test_missing_scheme_is_explained() -> None:
    """A URL without https:// is refused with that hint."""
    with pytest.raises(errors.TargetMalformed, match="forget https://"):
        normalise("example.com/x")


@pytest.mark.parametrize(
    ("url", "target"),
    [
        ("https://user:pass@example.com", "https://user:pass@example.com/"),
        ("https://a@b:c d@example.com/", "https://a%40b:c%20d@example.com/"),
        ("https://@example.com/", "https://example.com/"),
    ],
)
def test_credentials_where_they_are_allowed(url: str, target: str) -> None:
    """With the setting, credentials stay and still cannot hide the host."""
    assert target == normalise(url, LENIENT)


tails = st.text(
    st.characters(exclude_categories=["Cc", "Cs", "Zl", "Zp"], exclude_characters="#"),
    max_size=30,
)
hosts = st.sampled_from(["example.com", "bücher.example", "[::1]", "0x7f.1", "a_b.c"])
urls = st.builds(
    "{}://{}{}/{}?{}#{}".format,
    st.sampled_from(["http", "HTTPS"]),
    hosts,
    st.sampled_from(["", ":80", ":8080", "."]),
    tails,
    tails,
    tails,
)
anything = st.one_of(st.text(), urls, st.builds("https://{}".format, st.text()))


@given(url=anything)
@example("https://xn--.example")
@example("https://[")
@example("https://a:" + "9" * 5_000)
@example("https://" + "9" * 5_000)
def test_arbitrary_text(url: str) -> None:
    """Any text gives an InvalidTarget or a target, never another failure."""
    try:
        target = normalise(url, LENIENT)
    except errors.InvalidTarget:
        return
    assert target.isascii()
    assert target.isprintable()
    assert " " not in target
    assert target == normalise(target, LENIENT)


@given(path=tails, query=tails, fragment=tails)
def test_server_sees_the_same(path: str, query: str, fragment: str) -> None:
    """Path, query and fragment are, percent-decoded, byte for byte what they were."""
    path = path.replace("?", "")
    try:
        target = normalise(f"https://example.com/{path}?{query}#{fragment}|", LENIENT)
    except errors.TargetHasControlCharacters:
        return
    parts = urlsplit(target)
    assert unquote_to_bytes("/" + path) == unquote_to_bytes(parts.path)
    assert unquote_to_bytes(query) == unquote_to_bytes(parts.query)
    assert unquote_to_bytes(fragment + "|") == unquote_to_bytes(parts.fragment)
