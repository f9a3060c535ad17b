"""What links are filtered and sorted by, taken out of them once."""

import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from hashlib import blake2b
from typing import Final

from waypost.domain.links import Link, key_of
from waypost.domain.listing.filters import Feature
from waypost.domain.listing.words import words_of
from waypost.domain.options import LinkOptions, folded
from waypost.domain.urls.targets import canonical, host_of

_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND: Final = timedelta(microseconds=1)
_ADDRESS: Final = re.compile(r"\[.*\]|[0-9.]+")


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """A link as lists see it. Moments are microseconds since 1970."""

    id: int
    name: str
    """Code and domain; no two links have the same."""
    created_at: int
    updated_at: int
    valid_since: int | None
    valid_until: int | None
    is_disabled: bool
    is_quarantined: bool
    is_deleted: bool
    is_archived: bool
    is_crawlable: bool
    features: frozenset[Feature]
    tags: frozenset[str]
    """Folded."""
    tag_names: tuple[str, ...]
    """As they are spelled."""
    host: str
    """The target's, by `host_path`; empty: it has none."""
    target_key: int
    """Equal for equal targets, by `target_key`."""
    words: frozenset[str]


def entry_of(link: Link) -> Entry:
    """Return *link* as lists see it."""
    options, target = link.options, canonical(link.target)
    return Entry(
        id=link.id,
        name=key_of(link.code, link.domain),
        created_at=microseconds(link.created_at),
        updated_at=microseconds(link.updated_at),
        valid_since=_or_none(options.valid_since),
        valid_until=_or_none(options.valid_until),
        is_disabled=options.disabled,
        is_quarantined=options.quarantine is not None,
        is_deleted=link.deleted_at is not None,
        is_archived=options.archived,
        is_crawlable=options.crawlable,
        features=features_of(options),
        tags=frozenset(map(folded, options.tags)),
        tag_names=options.tags,
        host=host_path(host_of(target)),
        target_key=target_key(target),
        words=words_of(link),
    )


def features_of(options: LinkOptions) -> frozenset[Feature]:
    """Return what a link with *options* has."""
    has = {
        Feature.PASSWORD: options.password is not None,
        Feature.RULES: bool(options.rules),
        Feature.VARIANTS: bool(options.variants),
        Feature.MAX_CLICKS: options.max_clicks is not None,
        Feature.EXPIRY: options.valid_until is not None,
        Feature.TITLE: options.title is not None,
    }
    return frozenset(feature for feature, is_there in has.items() if is_there)


def microseconds(moment: datetime) -> int:
    """Return *moment* as microseconds since 1970."""
    return (moment - _EPOCH) // _MICROSECOND


def _or_none(moment: datetime | None) -> int | None:
    return None if moment is None else microseconds(moment)


def host_path(host: str) -> str:
    """Return *host* with its labels in reverse order: `com.example.shop.`.

    Hosts below it begin with the same text. An address has no hosts below it.
    """
    if not host:
        return ""
    if _ADDRESS.fullmatch(host):
        return f"{host}."
    return ".".join(reversed(host.split("."))) + "."


def target_key(target: str) -> int:
    """Return a number of 64 bits that stands for the canonical *target*.

    That two targets have the same is as unlikely as that a disk errs.
    """
    digest = blake2b(target.encode(), digest_size=8).digest()
    return int.from_bytes(digest, "big", signed=True)
