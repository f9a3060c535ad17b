"""What is stored of a demonstration: its links, their counts, and single clicks."""

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from typing import Final

import numpy as np

from waypost.domain.analytics.dimensions import DIMENSIONS
from waypost.domain.analytics.enriched import DAY_MS, EnrichedClick
from waypost.domain.links import Link, first_version
from waypost.domain.options import LinkOptions
from waypost.services.demo.clicks import DemoClicks
from waypost.services.demo.links import DemoLinks
from waypost.services.demo.tables import Texts
from waypost.services.ids.allocate import NewCode

NOTES: Final = "Invented by `waypost demo`; `waypost demo --remove` deletes it."
_DAY_SECONDS: Final = 86_400


def link_of(links: DemoLinks, place: int, new: NewCode) -> Link:
    """Return the link at *place*, with its id and code."""
    # Made during office hours, later ones of a day after earlier ones or at once.
    seconds = int(links.born[place]) * _DAY_SECONDS + 8 * 3600 + place % 36_000
    made = datetime.fromtimestamp(seconds, UTC)
    options = LinkOptions(
        title=links.title(place), notes=NOTES, variants=links.variants(place)
    )
    return Link(
        id=new.id,
        code=new.code,
        target=links.target(place),
        created_at=made,
        updated_at=made,
        version=first_version(options),
        options=options,
    )


def counts_of(clicks: DemoClicks, ids: Sequence[int]) -> dict[int, int]:
    """Return how many of *clicks* each link has, by its id in *ids*."""
    places, numbers = np.unique(clicks.links, return_counts=True)
    return {
        ids[place]: number
        for place, number in zip(places.tolist(), numbers.tolist(), strict=True)
    }


def enriched(
    clicks: DemoClicks, codes: Sequence[NewCode], journal: str
) -> Iterator[EnrichedClick]:
    """Yield *clicks* one by one, for stores that take no columns."""
    start = clicks.part.day * DAY_MS
    unknown = Texts((None,), np.zeros(len(clicks.links), np.intp))
    texts = [clicks.values.get(dimension, unknown) for dimension in DIMENSIONS]
    columns = [[each.texts[code] for code in each.codes.tolist()] for each in texts]
    rows = zip(
        clicks.links.tolist(),
        clicks.times_ms.tolist(),
        clicks.visitors.tolist(),
        zip(*columns, strict=True),
        strict=True,
    )
    for sequence, row in enumerate(rows, clicks.part.first_sequence):
        place, time_ms, visitor, values = row
        new = codes[place]
        yield EnrichedClick(
            journal=journal,
            lane=0,
            sequence=sequence,
            link_id=new.id,
            time_ms=start + time_ms,
            visitor=visitor,
            values=values,
            code=new.code,
        )
