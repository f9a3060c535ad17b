"""A click as the bus carries it: one JSON object on every route.

    journal ─▶ JournaledClick ─encode_click─▶ Kafka or Redis ─decode_click─▶ BusClick

Other programs read these objects too, so names stay as they are, and fields are only
ever added. Counting decodes what it needs and skips the rest.
Other programs also write clicks of their own, which have a code and a number only.
"""

from typing import Annotated, Final, NamedTuple

import msgspec

from waypost.domain.clicks import (
    LANES,
    PLACE_MARK,
    Click,
    ClickIdentity,
    JournaledClick,
)
from waypost.domain.reports.country_names import COUNTRY_NAMES
from waypost.wire.click_origin import whole

DELTA: Final = 1
"""What each event adds to its link's clicks."""

UNKNOWN_LINK: Final = -1
"""The link id of a click that has a code only."""

MOST_CLICKS: Final = 1_000_000
"""How many clicks one record of another program may stand for at most."""

# What a store's columns hold.
_Natural = Annotated[int, msgspec.Meta(ge=0, le=2**63 - 1)]
_Journal = Annotated[str, msgspec.Meta(min_length=1, max_length=64)]
_Lane = Annotated[int, msgspec.Meta(ge=0, lt=LANES)]
_Sequence = Annotated[int, msgspec.Meta(ge=1, le=2**63 - 1)]
_Code = Annotated[str, msgspec.Meta(min_length=1, max_length=256)]


class _Event(msgspec.Struct, frozen=True, gc=False, omit_defaults=True):
    """The whole object; header values are Latin-1, which gives every byte a letter.

    What is not known and came with a later release is left out.
    """

    short_code: _Code
    delta: int
    journal: _Journal
    lane: _Lane
    sequence: _Sequence
    link_id: _Natural
    time_ns: _Natural
    address: str
    query: str
    host: str
    user_agent: str
    referrer: str
    language: str
    purpose: str
    fetch: str
    client_hints: str
    privacy: str
    sender: str
    country: str = ""
    rule: str = ""
    variant: str = ""


class _Counted(msgspec.Struct, frozen=True, gc=False):
    """The fields that counting needs, with their types."""

    journal: _Journal
    lane: _Lane
    sequence: _Sequence
    link_id: _Natural
    short_code: _Code
    time_ns: _Natural
    delta: int


class _Bare(msgspec.Struct, frozen=True, gc=False, forbid_unknown_fields=True):
    """The object of another program; one with more fields is a broken one of ours."""

    short_code: _Code
    delta: Annotated[int, msgspec.Meta(ge=1, le=MOST_CLICKS)] = DELTA


class BusClick(msgspec.Struct, frozen=True, gc=False):
    """The parts of a click from the bus that counting needs."""

    journal: str
    lane: int
    sequence: int
    link_id: int
    short_code: str
    time_ns: int
    delta: int = 1
    """How many clicks it stands for; of our own always one."""


class BareClick(NamedTuple):
    """Clicks of another program, without an identity."""

    short_code: str
    delta: int


_encode = msgspec.json.Encoder().encode
_decode = msgspec.json.Decoder(_Counted).decode
_decode_event = msgspec.json.Decoder(_Event).decode
_decode_bare = msgspec.json.Decoder(_Bare).decode


def event_id(journaled: JournaledClick) -> str:
    """Return the click's identity as text: the CloudEvents id."""
    return str(ClickIdentity(journaled.journal, journaled.lane, journaled.sequence))


def encode_click(journaled: JournaledClick) -> bytes:
    """Return the JSON object of a click. Runs for every click: plain positions."""
    click = journaled.click
    return _encode(
        _Event(
            click.code,
            DELTA,
            journaled.journal,
            journaled.lane,
            journaled.sequence,
            click.link_id,
            click.time_ns,
            click.address,
            click.query.decode("latin-1"),
            click.host.decode("latin-1"),
            click.user_agent.decode("latin-1"),
            click.referrer.decode("latin-1"),
            click.language.decode("latin-1"),
            click.purpose.decode("latin-1"),
            click.fetch.decode("latin-1"),
            click.client_hints.decode("latin-1"),
            click.privacy.decode("latin-1"),
            click.sender.decode("latin-1"),
            click.country,
            click.rule,
            click.variant,
        )
    )


def decode_click(content: bytes) -> BusClick:
    """Return what counting needs of the click in *content*.

    Raises:
        ValueError: There is none. The text says why, and repeats nothing of it.
    """
    try:
        event = _decode(content)
    except msgspec.DecodeError as error:
        raise ValueError(str(error)) from None
    except UnicodeDecodeError:
        raise ValueError("The text is not UTF-8") from None
    except RecursionError:
        raise ValueError("JSON is nested too deeply") from None
    _check(event.delta, event.journal)
    return BusClick(
        event.journal,
        event.lane,
        event.sequence,
        event.link_id,
        event.short_code,
        event.time_ns,
    )


def decode_whole_click(content: bytes) -> JournaledClick:
    """Return the click in *content* with all its data. Runs for every click of reports.

    Raises:
        ValueError: `decode_click` refuses it, or a field is missing or has another
            type.
    """
    try:
        event = _decode_event(content)
    except RecursionError:
        raise ValueError("JSON is nested too deeply") from None
    _check(event.delta, event.journal)
    click = Click(
        event.time_ns,
        event.short_code,
        event.link_id,
        event.address,
        # Of another program a letter may be none of Latin-1's.
        event.query.encode("latin-1", "replace"),
        event.host.encode("latin-1", "replace"),
        event.user_agent.encode("latin-1", "replace"),
        event.referrer.encode("latin-1", "replace"),
        event.language.encode("latin-1", "replace"),
        event.purpose.encode("latin-1", "replace"),
        event.fetch.encode("latin-1", "replace"),
        event.client_hints.encode("latin-1", "replace"),
        event.privacy.encode("latin-1", "replace"),
        event.sender.encode("latin-1", "replace"),
        event.country if event.country in COUNTRY_NAMES else "",
        event.rule,
        event.variant,
    )
    return JournaledClick(event.journal, event.lane, event.sequence, whole(click))


def _check(delta: int, journal: str) -> None:
    if delta != DELTA:
        raise ValueError("Expected 1 - at `$.delta`")
    # A store's text column may refuse anything else.
    if not (journal.isascii() and journal.isprintable()) or PLACE_MARK in journal:
        raise ValueError("Expected printable ASCII - at `$.journal`")


def decode_bare(content: bytes) -> BareClick | None:
    """Return the clicks of another program in *content*; None: there are none."""
    try:
        bare = _decode_bare(content)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return None
    return BareClick(bare.short_code, bare.delta)


def bare_click(short_code: bytes | None, delta: bytes) -> BareClick | None:
    """Return the clicks of another program in two texts; None: there are none."""
    try:
        bare = msgspec.convert(
            {"short_code": (short_code or b"").decode(), "delta": delta.decode()},
            _Bare,
            strict=False,
        )
    except (msgspec.ValidationError, UnicodeDecodeError):
        return None
    return BareClick(bare.short_code, bare.delta)
