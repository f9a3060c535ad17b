"""The values of a link in the shared cache, as JSON objects.

`url:<code>`   the six fields that other programs read and write: no more, because
               some of them refuse a field that they do not know, and no fewer. Absent
               for a link that does not simply lead to its target, because with them
               it would
`link:<code>`  the same link with its version and options. Only links that were changed,
               or have options, have it; without it, a link is of the lowest version

A link in two values is the newest of both. An empty value of `url:<code>` says that no
link has this code; other programs take it for no value. A value of `link:<code>` that
does not state its form is of a release before options, and lacks the options of the
link: it means only that the store must be asked.
"""

from collections.abc import Iterable
from datetime import datetime
from typing import Annotated, Final, NamedTuple

import msgspec

from waypost.domain.links import DEFAULT_DOMAIN, LOWEST_VERSION, Absence, Link
from waypost.domain.options import NO_OPTIONS
from waypost.domain.verdict import is_its_target
from waypost.wire.link_options import EMPTY, decode_options, encode_options

ABSENT: Final = b""
"""The value of a code that belongs to no link."""
FORM: Final = 2
"""With options. Form 1 had no number, and neither options nor deletions."""

_NULL: Final = b"null"  # how the first release wrote an absence
_Moment = Annotated[datetime, msgspec.Meta(tz=True)]
_Text = Annotated[str, msgspec.Meta(min_length=1)]
# The value becomes a header unchanged, even one of another program.
_Target = Annotated[str, msgspec.Meta(pattern=r"\A[!-~]+\Z")]
_Version = Annotated[int, msgspec.Meta(ge=LOWEST_VERSION)]


class CachedURLPayload(msgspec.Struct, frozen=True, kw_only=True):
    """A link of the default domain, as other programs know it."""

    id: Annotated[int, msgspec.Meta(ge=0)]
    short_code: _Text
    original_url: _Target
    clicks: int = 0
    """Required by other programs. No count is kept here: the statistics have it."""
    created_at: _Moment
    updated_at: _Moment


class WholePayload(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A link with all that is known of it; fields are only ever added."""

    id: Annotated[int, msgspec.Meta(ge=0)]
    short_code: _Text
    original_url: _Target
    created_at: _Moment
    updated_at: _Moment
    version: _Version = LOWEST_VERSION
    form: int = 1
    options: msgspec.Raw = msgspec.Raw(EMPTY)
    deleted_at: _Moment | None = None


_encode = msgspec.json.Encoder().encode
_decode = msgspec.json.Decoder(WholePayload).decode


def encode_link(link: Link) -> bytes:
    """Return the value of *link* for all programs; empty: it has none."""
    if link.version > LOWEST_VERSION and not is_its_target(link):
        return b""
    return _encode(
        CachedURLPayload(
            id=link.id,
            short_code=link.code,
            original_url=link.target,
            created_at=link.created_at,
            updated_at=link.updated_at,
        )
    )


def encode_whole(link: Link) -> bytes:
    """Return the complete value of *link*; empty: the other value is complete."""
    if link.version == LOWEST_VERSION:
        return b""
    return _encode(
        WholePayload(
            id=link.id,
            short_code=link.code,
            original_url=link.target,
            created_at=link.created_at,
            updated_at=link.updated_at,
            version=link.version,
            form=FORM,
            options=msgspec.Raw(encode_options(link.options)),
            deleted_at=link.deleted_at,
        )
    )


def decode_values(
    values: Iterable[bytes | None], *, code: str, domain: str = DEFAULT_DOMAIN
) -> Link | Absence | None:
    """Return the link in the *values* of *code*; None: they are not enough.

    Raises:
        ValueError: None of them can be read.
    """
    newest: _Found | None = None
    for value in values:
        if value is None:
            continue
        try:
            found = _decoded(value, code, domain)
        except ValueError:
            continue
        if newest is None or found.version > newest.version:
            newest = found
    if newest is None:
        raise ValueError("no value of this code")
    return newest.says


class _Found(NamedTuple):
    """The content of one value, and its version."""

    version: int
    """0: no link has the code."""
    says: Link | Absence | None
    """None: it lacks what a release before options did not know."""


def _decoded(value: bytes, code: str, domain: str) -> _Found:
    if value in {ABSENT, _NULL}:
        return _Found(0, Absence())
    payload = _decode(value)
    if payload.short_code != code:
        raise ValueError("the value of another code")
    if payload.version > LOWEST_VERSION and payload.form < FORM:
        return _Found(payload.version, None)
    return _Found(payload.version, _link(payload, domain))


def _link(payload: WholePayload, domain: str) -> Link:
    options = decode_options(payload.options)
    is_plain = options == NO_OPTIONS and payload.deleted_at is None
    if payload.version == LOWEST_VERSION and not is_plain:
        raise ValueError("options of a version that has none")
    return Link(
        id=payload.id,
        code=payload.short_code,
        target=payload.original_url,
        created_at=payload.created_at,
        updated_at=payload.updated_at,
        domain=domain,
        version=payload.version,
        options=options,
        deleted_at=payload.deleted_at,
    )
