"""A link event as it waits in the outbox: its kind, and the link as a JSON object.

The moment of the event is a column of its own, in the database's type. The object
states its form: a release before options writes none, and its description of a
link may lack the link's options.
"""

from datetime import datetime
from typing import NamedTuple

import msgspec

from waypost.domain.events import LinkEvent, LinkEventKind
from waypost.domain.links import DEFAULT_DOMAIN, LOWEST_VERSION, Link
from waypost.wire.link_options import EMPTY, decode_options, encode_options

FORM = 2
"""With options. Form 1 had no number, and neither options nor deletions."""


class LinkEventText(NamedTuple):
    """The two texts of an event."""

    kind: str
    link: str


class DecodedLinkEvent(NamedTuple):
    """An event, and whether it describes its link completely."""

    event: LinkEvent
    is_whole: bool


class _Link(msgspec.Struct, frozen=True, kw_only=True):
    """The link after the change; fields are only ever added."""

    id: int
    code: str
    target: str
    created_at: datetime
    updated_at: datetime
    domain: str = DEFAULT_DOMAIN
    version: int = LOWEST_VERSION
    form: int = 1
    options: msgspec.Raw = msgspec.Raw(EMPTY)
    deleted_at: datetime | None = None


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
            form=FORM,
            options=msgspec.Raw(encode_options(link.options)),
            deleted_at=link.deleted_at,
        )
    )
    return LinkEventText(event.kind, content.decode())


def decode_link_event(
    text: LinkEventText, *, occurred_at: datetime
) -> DecodedLinkEvent:
    """Return the event of *text*.

    Raises:
        ValueError: The kind is unknown, or the link is none.
    """
    link = _decode(text.link)
    event = LinkEvent(
        kind=LinkEventKind(text.kind),
        link=Link(
            id=link.id,
            code=link.code,
            target=link.target,
            created_at=link.created_at,
            updated_at=link.updated_at,
            domain=link.domain,
            version=link.version,
            options=decode_options(link.options),
            deleted_at=link.deleted_at,
        ),
        occurred_at=occurred_at,
    )
    return DecodedLinkEvent(event, is_whole=link.form >= FORM)
