"""Examples of reports, for the API's documents."""

from typing import Final

from waypost.api.documents.openapi import Document

_HEAD: Final[Document] = {
    "from": "2026-03-01T00:00:00+01:00",
    "to": "2026-03-03T00:00:00+01:00",
    "tz": "Europe/Zurich",
    "as_of": "2026-04-02T08:15:42.120Z",
    "revision": 0,
}


def _numbers(people: int, machines: int, visitors: int) -> Document:
    clicks = {"all": people + machines, "people": people, "machines": machines}
    return {"clicks": clicks, "visitors": visitors}


TOTALS: Final[Document] = {
    **_HEAD,
    **_numbers(1204, 106, 988),
    "previous": {
        "from": "2026-02-27T00:00:00+01:00",
        "to": "2026-03-01T00:00:00+01:00",
        **_numbers(1010, 90, 870),
    },
}
SERIES: Final[Document] = {
    **_HEAD,
    "interval": "day",
    "data": [
        {"at": "2026-03-01T00:00:00+01:00", **_numbers(38, 3, 35)},
        {"at": "2026-03-02T00:00:00+01:00", **_numbers(0, 0, 0)},
    ],
    "lines": None,
    "previous": None,
}
BREAKDOWN: Final[Document] = {
    **_HEAD,
    "by": "country",
    "data": [
        {
            "value": "CH",
            "label": "Switzerland",
            **_numbers(760, 40, 610),
            "share": 0.631,
        }
    ],
    "other": {"values": 17, **_numbers(444, 66, 378), "share": 0.369},
    "previous": None,
}
CLICK: Final[Document] = {
    "id": "c0ffee12-17-2041",
    "at": "2026-04-02T08:15:42.118Z",
    "link": {"id": 1001, "domain": "go.example.com", "code": "spring26"},
    "country": "CH",
    "region": "CH-ZH",
    "city": "Zürich",
    "device": "phone",
    "os": "ios",
    "browser": "safari",
    "language": "de",
    "referrer": None,
    "channel": "direct",
    "utm_source": "poster",
    "utm_medium": None,
    "utm_campaign": "spring26",
    "utm_term": None,
    "utm_content": None,
    "source": "qr",
    "machine": None,
    "agent": "Mozilla/5.0 (iPhone; CPU iPhone OS 19_2 like Mac OS X)",
    "rule": "Swiss phones",
    "variant": None,
}
CLICKS: Final[Document] = {"data": [CLICK], "next_cursor": None}
EVENTS: Final = (
    "id: 1775117742118-1001-17-2041\n"
    "event: click\n"
    'data: {"id":"c0ffee12-17-2041","at":"2026-04-02T08:15:42.118Z"}\n'
    "\n"
    "event: totals\n"
    'data: {"clicks":{"all":41,"people":38,"machines":3},"visitors":35}\n'
    "\n"
)
CSV: Final = (
    "id,at,link_id,domain,code,country\r\n"
    "c0ffee12-17-2041,2026-04-02T08:15:42.118Z,1001,go.example.com,spring26,CH\r\n"
)
JSON_LINES: Final = (
    '{"id":"c0ffee12-17-2041","at":"2026-04-02T08:15:42.118Z","link_id":1001,'
    '"domain":"go.example.com","code":"spring26","country":"CH"}\n'
)
LINKS_CSV: Final = (
    "id,domain,code,short_url,url\r\n"
    "1001,go.example.com,spring26,https://go.example.com/spring26,"
    "https://shop.example.com/\r\n"
)
LINKS_JSON_LINES: Final = (
    '{"id":1001,"domain":"go.example.com","code":"spring26",'
    '"short_url":"https://go.example.com/spring26","url":"https://shop.example.com/"}\n'
)
PARQUET: Final = "PAR1 …"
