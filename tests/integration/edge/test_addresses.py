"""Whose address a click has, on the fast path and off it."""

import pytest

from tests.integration.edge.in_memory import InMemoryEdge


def request(*headers: bytes) -> bytes:
    """Return a request for the link."""
    return b"\r\n".join([b"GET /abc1234 HTTP/1.1", b"Host: x", *headers, b"", b""])


@pytest.mark.parametrize("headers", [[], [b"X-Dull: 1", b"X-Dull: 2"]])
@pytest.mark.parametrize(
    ("forwarded", "address"),
    [
        (b"198.51.100.9", "198.51.100.9"),
        (b"203.0.113.1, 198.51.100.9", "198.51.100.9"),
        (b"203.0.113.1, 10.0.0.1", "203.0.113.1"),
        (b"fe80::1%<script>", "10.0.0.1"),
        (b"fe80::1%eth0", "10.0.0.1"),
        (b"203.0.113.1, nonsense", "10.0.0.1"),
        (b"203.0.113.1, " * 90 + b"198.51.100.9", "198.51.100.9"),
        (b"203.0.113.1\r\nX-Forwarded-For: 198.51.100.9, 10.0.0.1", "198.51.100.9"),
        (b"198.51.100.9\r\nX-Forwarded-For: 10.0.0.1", "198.51.100.9"),
    ],
)
async def test_trusted_proxy_says_who_the_visitor_is(
    forwarded: bytes, address: str, headers: list[bytes]
) -> None:
    """On the fast path and off it the address is the one that a proxy saw last."""
    edge = InMemoryEdge(trusted=("10.0.0.1",))
    await edge.prepare()
    header = b"X-Forwarded-For: " + forwarded
    await edge.connect(peer="10.0.0.1").send(request(header, *headers))

    assert [click.address for click in edge.clicks] == [address]


@pytest.mark.parametrize("headers", [[], [b"X-Dull: 1", b"X-Dull: 2"]])
@pytest.mark.parametrize(
    ("forwarded", "address"),
    [
        (b"Forwarded: for=198.51.100.9", "198.51.100.9"),
        (b'Forwarded: for="203.0.113.1, for=198.51.100.9', "198.51.100.9"),
        (b"Forwarded: for=198.51.100.9\r\nForwarded: for=10.0.0.1", "198.51.100.9"),
        (
            b"Forwarded: for=203.0.113.1\r\nX-Forwarded-For: 198.51.100.9",
            "198.51.100.9",
        ),
    ],
)
async def test_trusted_proxy_may_use_the_standard_header(
    forwarded: bytes, address: str, headers: list[bytes]
) -> None:
    """`Forwarded` is read on both paths, where there is no `X-Forwarded-For`."""
    edge = InMemoryEdge(trusted=("10.0.0.1",))
    await edge.prepare()
    await edge.connect(peer="10.0.0.1").send(request(forwarded, *headers))

    assert [click.address for click in edge.clicks] == [address]


@pytest.mark.parametrize(
    "header", [b"X-Forwarded-For: 198.51.100.9", b"Forwarded: for=198.51.100.9"]
)
async def test_strangers_claims_are_ignored(header: bytes) -> None:
    """An address that a visitor claims is not used."""
    edge = InMemoryEdge()
    await edge.prepare()
    await edge.connect().send(request(header))

    assert [click.address for click in edge.clicks] == ["192.0.2.1"]


@pytest.mark.parametrize("headers", [[], [b"X-Dull: 1", b"X-Dull: 2"]])
@pytest.mark.parametrize(
    ("sent", "country"),
    [
        ([b"CF-IPCountry: CH"], "CH"),
        ([b"cf-ipcountry: ch"], "CH"),
        ([b"CF-IPCountry: XK"], "XK"),
        ([b"CF-IPCountry: XX"], ""),
        ([b"CF-IPCountry: ZZ"], ""),
        ([b"CF-IPCountry: T1"], ""),
        ([b"CF-IPCountry: CHE"], ""),
        ([b"CF-IPCountry: \xc4\xd6"], ""),
        ([b"CF-IPCountry:"], ""),
        ([b"CF-IPCountry: CH", b"CF-IPCountry: DE"], ""),
        ([b"X-Country: CH"], ""),
        ([], ""),
    ],
)
async def test_trusted_proxy_says_the_country(
    sent: list[bytes], country: str, headers: list[bytes]
) -> None:
    """On the fast path and off it a country is one of ISO 3166-1, or not known."""
    edge = InMemoryEdge(trusted=("10.0.0.1",), country_header="CF-IPCountry")
    await edge.prepare()
    client = edge.connect(peer="10.0.0.1")
    await client.send(request(b"X-Forwarded-For: 198.51.100.9", *sent, *headers))

    assert [(click.address, click.country) for click in edge.clicks] == [
        ("198.51.100.9", country)
    ]


@pytest.mark.parametrize("headers", [[], [b"X-Dull: 1", b"X-Dull: 2"]])
@pytest.mark.parametrize(
    ("peer", "country_header"), [("192.0.2.1", "CF-IPCountry"), ("10.0.0.1", "")]
)
async def test_country_of_others_is_ignored(
    peer: str, country_header: str, headers: list[bytes]
) -> None:
    """A visitor's own claim is not used, nor a header that no setting names."""
    edge = InMemoryEdge(trusted=("10.0.0.1",), country_header=country_header)
    await edge.prepare()
    await edge.connect(peer=peer).send(request(b"CF-IPCountry: CH", *headers))

    assert [click.country for click in edge.clicks] == [""]
