"""A link event as it waits in the outbox: its kind, and the link as a JSON object.

The moment of the event is a column of its own, in the database's type.
"""

from datetime import datetime
from typing import NamedTuple

import msgspec

from waypost.domain.events import LinkEvent, LinkEventKind
from waypost.domain.links import DEFAULT_DOMAIN, Link


class LinkEventText(NamedTuple):
    """The two texts of an event."""

    kind: str
    link: str


class _Link(msgspec.Struct, frozen=True, kw_only=True):
    """The link after the change; fields are only ever added."""

    id: int
    code: str
    target: str
    created_at: datetime
    updated_at: datetime
    domain: str = DEFAULT_DOMAIN
    version: int = 1


_encode = msgspec.json.Encoder().encode
_decode = msgspec.json.Decoder(_Link).decode


def encode_link_event(event: LinkEvent) -> LinkEventText:
    """Return the texts of *event*."""
    link = event.link
    content = _encode(
        _Link(
            id=link.id,
            code=link.code,
            target=link.target,
            created_at=link.created_at,
            updated_at=link.updated_at,
            domain=link.domain,
            version=link.version,
        )
    )
    return LinkEventText(event.kind, content.decode())


def decode_link_event(text: LinkEventText, *, occurred_at: datetime) -> LinkEvent:
    """Return the event of *text*.

    Raises:
        ValueError: The kind is unknown, or the link is none.
    """
    link = _decode(text.link)
    return LinkEvent(
        kind=LinkEventKind(text.kind),
        link=Link(
            id=link.id,
            code=link.code,
            target=link.target,
            created_at=link.created_at,
            updated_at=link.updated_at,
            domain=link.domain,
            version=link.version,
        ),
        occurred_at=occurred_at,
    )
