"""Whether a link belongs in a list: the rule that every store follows."""

from datetime import datetime

from waypost.domain.links import CountedLink, maker_of
from waypost.domain.listing.entries import Entry, entry_of, host_path, target_key
from waypost.domain.listing.filters import LinkFilter, Moments, Numbers
from waypost.domain.verdict import state_of


def matches(counted: CountedLink, *, wanted: LinkFilter, now: datetime) -> bool:
    """Return whether a link is *wanted* at the moment *now*."""
    link = counted.link
    entry = entry_of(link)
    return (
        state_of(counted, now) in wanted.states
        and wanted.archived in {None, entry.is_archived}
        and wanted.crawlable in {None, entry.is_crawlable}
        and (not wanted.has or bool(entry.features & wanted.has))
        and not entry.features & wanted.lacks
        and _has_tags(entry, wanted)
        and wanted.name in {None, entry.name}
        and (wanted.domains is None or link.domain in wanted.domains)
        and (wanted.host is None or entry.host.startswith(host_path(wanted.host)))
        and (wanted.target is None or entry.target_key == target_key(wanted.target))
        and wanted.external_id in {None, link.external_id}
        and wanted.created_by in {None, maker_of(link)}
        and _is_at(link.created_at, wanted.created)
        and _is_at(link.updated_at, wanted.updated)
        and _ends_at(link.options.valid_until, wanted.valid_until)
        and _is_between(counted.clicks, wanted.clicks)
        and all(_begin(word, entry.words) for word in wanted.words)
    )


def _has_tags(entry: Entry, wanted: LinkFilter) -> bool:
    present = entry.tags & wanted.without_tags
    if present and not (wanted.lacks_any_tag and present < wanted.without_tags):
        return False
    if wanted.has_all_tags:
        return entry.tags >= wanted.tags
    return not wanted.tags or bool(entry.tags & wanted.tags)


def _begin(start: str, words: frozenset[str]) -> bool:
    return any(word.startswith(start) for word in words)


def _is_at(moment: datetime, wanted: Moments) -> bool:
    return (wanted.start is None or moment >= wanted.start) and (
        wanted.end is None or moment < wanted.end
    )


def _ends_at(moment: datetime | None, wanted: Moments) -> bool:
    if moment is None:
        return wanted == Moments()
    return _is_at(moment, wanted)


def _is_between(number: int, wanted: Numbers) -> bool:
    return (wanted.least is None or number >= wanted.least) and (
        wanted.most is None or number <= wanted.most
    )
