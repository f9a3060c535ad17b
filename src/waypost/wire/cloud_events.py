"""A click as a Kafka record: CloudEvents in binary mode.

key      the short code
value    the JSON object of `wire/click_event.py`
headers  the attributes of the event, its media type, and `traceparent`
"""

import os
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Final

from waypost.domain.clicks import JournaledClick
from waypost.wire.click_event import event_id

EVENT_TYPE: Final = "waypost.click.v1"

_NANOSECONDS: Final = 1_000_000_000

Headers = list[tuple[str, str | bytes | None]]


def traceparent() -> str:
    """Return the W3C trace context of a new trace.

    Clicks have none of their own: each batch that is forwarded begins one.
    """
    # The last bit of each makes it differ from zero, which would be no context.
    trace = int.from_bytes(os.urandom(16)) | 1
    span = int.from_bytes(os.urandom(8)) | 1
    return f"00-{trace:032x}-{span:016x}-01"


def headers_of(*, journal: str, trace: str) -> Callable[[JournaledClick], Headers]:
    """Return what makes the headers of the clicks of *journal* in one batch."""
    common: Headers = [
        ("ce_specversion", "1.0"),
        ("ce_type", EVENT_TYPE),
        ("ce_source", f"/journals/{journal}"),
        ("content-type", "application/json"),
        ("traceparent", trace),
    ]
    timestamp = _timestamps()

    def headers(journaled: JournaledClick) -> Headers:
        return [
            *common,
            ("ce_id", event_id(journaled)),
            ("ce_time", timestamp(journaled.click.time_ns)),
        ]

    return headers


def _timestamps() -> Callable[[int], str]:
    """Return what writes nanoseconds since 1970 as RFC 3339, to the microsecond.

    Consecutive clicks share their second nearly always, so it is written once.
    """
    known: dict[int, str] = {}

    def timestamp(time_ns: int) -> str:
        second, nanoseconds = divmod(time_ns, _NANOSECONDS)
        prefix = known.get(second)
        if prefix is None:
            prefix = f"{datetime.fromtimestamp(second, UTC):%Y-%m-%dT%H:%M:%S}."
            known[second] = prefix
        return f"{prefix}{nanoseconds // 1000:06d}Z"

    return timestamp
