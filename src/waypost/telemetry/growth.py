"""How much counters of one process have grown, for another one that shows them.

What grew is added up there: its counters do not fall when the first process ends.
"""

from collections.abc import Iterable, Iterator, Sequence
from typing import TypeAlias

import msgspec
from prometheus_client import Counter
from prometheus_client.samples import Sample

_Key: TypeAlias = tuple[str, ...]
"""The name of a counter, and the values of its labels."""


class Growth(msgspec.Struct, frozen=True):
    """One counter has grown, or one of a counter's labels."""

    counter: str
    """Its name, without `_total`."""
    labels: dict[str, str]
    by: float


class CounterGrowth:
    """Takes what *counters* have grown by, or adds what others have."""

    def __init__(self, counters: Iterable[Counter]) -> None:
        self._counters = {
            family.name: counter for counter in counters for family in counter.collect()
        }
        self._taken: dict[_Key, float] = {}

    def take(self) -> list[Growth]:
        """Return what has grown since the last call, and what is new even at 0."""
        found = []
        for name, sample in self._samples():
            key = (name, *sample.labels.values())
            before = self._taken.get(key)
            if sample.value != before:
                self._taken[key] = sample.value
                by = sample.value - (before or 0.0)
                found.append(Growth(name, sample.labels, by))
        return found

    def add(self, growth: Sequence[Growth]) -> None:
        """Let the counters grow by *growth*; those that are unknown are left out.

        Raises:
            ValueError: A counter has other labels.
        """
        for grown in growth:
            counter = self._counters.get(grown.counter)
            if counter is not None:
                labelled = counter.labels(**grown.labels) if grown.labels else counter
                labelled.inc(grown.by)

    def _samples(self) -> Iterator[tuple[str, Sample]]:
        for name, counter in self._counters.items():
            for family in counter.collect():
                for sample in family.samples:
                    if sample.name == f"{name}_total":
                        yield name, sample
