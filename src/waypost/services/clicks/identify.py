"""Finds the links of clicks that have a code only, as other programs write them."""

from collections.abc import Sequence
from typing import Final, NamedTuple

from msgspec.structs import replace

from waypost.domain.codes import may_be_code
from waypost.ports.links import LinkReader
from waypost.wire.click_event import UNKNOWN_LINK, BusClick

NO_LINK: Final = "No link has this code"
_CODES_AT_ONCE: Final = 5_000


class Identified(NamedTuple):
    """Clicks whose links are known, and the others."""

    clicks: Sequence[BusClick]
    places: Sequence[int]
    """Index of each of them."""
    unknown: Sequence[int]
    """Indexes of clicks on codes without a link."""


async def identify(clicks: Sequence[BusClick], *, links: LinkReader) -> Identified:
    """Return *clicks* with the ids of their links.

    Raises:
        BackendUnavailable: The store does not answer.
    """
    bare = {click.short_code for click in clicks if click.link_id == UNKNOWN_LINK}
    ids = await _ids_of(sorted(filter(may_be_code, bare)), links)
    identified: list[BusClick] = []
    places: list[int] = []
    unknown: list[int] = []
    for place, click in enumerate(clicks):
        if click.link_id != UNKNOWN_LINK:
            identified.append(click)
        elif (link_id := ids.get(click.short_code)) is not None:
            identified.append(replace(click, link_id=link_id))
        else:
            unknown.append(place)
            continue
        places.append(place)
    return Identified(identified, places, unknown)


async def _ids_of(codes: Sequence[str], links: LinkReader) -> dict[str, int]:
    ids: dict[str, int] = {}
    for start in range(0, len(codes), _CODES_AT_ONCE):
        found = await links.by_codes(codes[start : start + _CODES_AT_ONCE])
        ids |= {link.code: link.id for link in found}
    return ids
