"""Server-sent events, as a server of live reports sends them."""

from collections.abc import Iterable, Iterator
from typing import NamedTuple


class Event(NamedTuple):
    """One server-sent event."""

    name: str
    data: str
    id: str


def events_in(lines: Iterable[str]) -> Iterator[Event]:
    """Yield the events in the lines of a stream."""
    fields: dict[str, str] = {}
    for line in lines:
        name, _, value = line.partition(": ")
        if line:
            fields[name] = value
        elif "data" in fields:
            yield Event(fields["event"], fields["data"], fields.get("id", ""))
            fields = {}
