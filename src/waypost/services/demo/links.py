"""The links of a demonstration: what they lead to, and how busy each of them is."""

from collections.abc import Mapping
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from waypost.services.demo.choices import Choices, Places
from waypost.services.demo.origins import (
    CAMPAIGNS,
    KIND_WEIGHTS,
    TOPICS,
    UTM_OF_KINDS,
    Kind,
)
from waypost.services.demo.places import COUNTRIES
from waypost.services.demo.plan import DemoPlan

_EXPONENT: Final = 1.05
_FLATTER: Final = 3.0
"""The link of rank n has (n + this) ** -exponent of the clicks: a long tail."""
_OLD: Final = 0.4
"""The part of links that are older than the first day."""
_STEADY: Final = 0.25
"""What is left of a link's first interest, at last."""
_OLDEST_DAYS: Final = 30
_TRIED: Final = 8
"""Of so many links one has a variant."""
VARIANT: Final = "b"


class DemoLinks(NamedTuple):
    """Properties of all links, in the order of their ids, oldest first."""

    born: NDArray[np.int64]
    """The UTC day on which each was made; it has clicks from the next day on."""
    weights: NDArray[np.float64]
    fading_days: NDArray[np.float64]
    kinds: Places
    markets: Places
    """Where it is best known: a place in `COUNTRIES`."""
    topics: Places
    campaigns: Places
    sources: Places
    """Which of the sources of its kind."""

    def busy(self, day: int) -> NDArray[np.float64]:
        """Return the weight of each link on *day*."""
        age = day - self.born
        interest = _STEADY + (1 - _STEADY) * np.exp(-age / self.fading_days)
        return np.where(age > 0, self.weights * interest, 0.0)

    def title(self, place: int) -> str:
        """Return the title of a link."""
        return f"{TOPICS[self.topics[place]]} ({place + 1})"

    def target(self, place: int) -> str:
        """Return where a link leads: to a page that does not exist."""
        name = TOPICS[self.topics[place]].lower().replace(" ", "-")
        return f"https://www.waypost-demo.example/{name}/{place + 1}"

    def variants(self, place: int) -> tuple[Mapping[str, object], ...]:
        """Return the variants of a link."""
        if not has_variant(np.array([place]))[0]:
            return ()
        url = f"{self.target(place)}?version={VARIANT}"
        return ({"name": VARIANT, "url": url, "weight": 50},)


def has_variant(places: Places) -> NDArray[np.bool_]:
    """Return which of the links at *places* send half of their visitors elsewhere."""
    chosen: NDArray[np.bool_] = places % _TRIED == 0
    return chosen


def links_of(plan: DemoPlan) -> DemoLinks:
    """Return the links of *plan*."""
    random = np.random.default_rng([plan.seed, plan.links, 1])
    size = plan.links
    old = max(1, round(size * _OLD))
    born = np.empty(size, np.int64)
    born[:old] = plan.first_day - random.integers(1, _OLDEST_DAYS, old)
    born[old:] = plan.first_day + random.integers(0, plan.days, size - old)
    born.sort()
    ranks = random.permutation(size)
    # The link of the highest rank is an old one, so that it is the busiest of all.
    first, swapped = int(np.flatnonzero(ranks == 0)[0]), int(random.integers(old))
    ranks[[first, swapped]] = ranks[[swapped, first]]
    return DemoLinks(
        born=born,
        weights=np.power(ranks + _FLATTER, -_EXPONENT, dtype=np.float64),
        fading_days=random.uniform(8, 60, size),
        kinds=Choices([KIND_WEIGHTS]).pick_first(random, size),
        markets=Choices([[c.weight for c in COUNTRIES]]).pick_first(random, size),
        topics=random.integers(0, len(TOPICS), size),
        campaigns=random.integers(0, len(CAMPAIGNS), size),
        sources=random.integers(0, 60, size),
    )


def sources_of(kind: Kind) -> tuple[str, ...]:
    """Return what a link of *kind* may name as `utm_source`."""
    return UTM_OF_KINDS[kind].sources
