"""The counters of the redirect path, with the meaning of each for an operator.

Redirects count on plain integers, because a Prometheus counter takes a lock on every
increment; a collector reads them when `/metrics` is requested.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from prometheus_client.core import CounterMetricFamily, Metric
from prometheus_client.registry import Collector


@dataclass(slots=True)
class Tally:
    """The counters of the redirect path, as plain integers."""

    near_redirects: int = 0
    store_redirects: int = 0
    remembered_absences: int = 0
    unknown_codes: int = 0
    unavailable: int = 0
    clicks_recorded: int = 0
    clicks_dropped: int = 0
    near_evictions: int = 0
    shared_lookups: int = 0
    store_lookups: int = 0
    stale_lookups: int = 0


class TallyCollector(Collector):
    """Reads a tally at every request for the metrics."""

    def __init__(self, tally: Tally) -> None:
        self._tally = tally

    def collect(self) -> Iterable[Metric]:
        """Yield the counters."""
        yield from self._answers()
        yield from self._clicks()

    def _answers(self) -> Iterator[Metric]:
        tally = self._tally
        # Redirects answered with a target. The share of `store` is the near
        # cache's miss rate: if it stays above a few per cent, raise
        # NEAR_CACHE_MEGABYTES.
        yield _family(
            "waypost_redirects",
            "Redirects answered, by where the link was found.",
            "found_in",
            {"near": tally.near_redirects, "store": tally.store_redirects},
        )
        # Requests for codes that no link has. A steep rise of either is
        # a client that guesses codes, or a printed link with a typing error.
        yield _family(
            "waypost_unknown_codes",
            "Requests for codes of no link, by where the absence was found.",
            "found_in",
            {"near": tally.remembered_absences, "store": tally.unknown_codes},
        )
        # Look-ups of codes that were not in the near cache. With a shared cache the
        # share of `store` is its miss rate; near 1 means that it is away or empty. Any
        # of `stale` means that neither cache nor store answered, and visitors were sent
        # to the last known target.
        yield _family(
            "waypost_lookups",
            "Look-ups of codes that were not cached, by the source of the answer.",
            "answered_by",
            {
                "shared": tally.shared_lookups,
                "store": tally.store_lookups,
                "stale": tally.stale_lookups,
            },
        )
        # Visitors who got 503 because the store did not answer. Anything but a
        # flat line means that visitors see the outage.
        yield _plain(
            "waypost_redirects_unavailable",
            "Redirects refused because the link could not be looked up.",
            tally.unavailable,
        )

    def _clicks(self) -> Iterator[Metric]:
        tally = self._tally
        # Clicks that are safe in the journal. Rises as fast as
        # waypost_redirects_total; a gap between them is in clicks_dropped.
        yield _plain(
            "waypost_clicks_recorded",
            "Clicks made durable in the journal.",
            tally.clicks_recorded,
        )
        # Clicks that were answered and could not be kept: the disk is full or
        # JOURNAL_MAX_MEGABYTES is reached. Must be zero; page an operator.
        yield _plain(
            "waypost_clicks_dropped",
            "Clicks lost because the journal could not be written.",
            tally.clicks_dropped,
        )
        # Links pushed out of the near cache by newer ones. Steady eviction with
        # a rising share of `store` redirects: the cache is too small.
        yield _plain(
            "waypost_near_cache_evictions",
            "Links evicted from the near cache for lack of room.",
            tally.near_evictions,
        )


def _plain(name: str, meaning: str, value: int) -> Metric:
    return CounterMetricFamily(name, meaning, value=value)


def _family(name: str, meaning: str, label: str, values: dict[str, int]) -> Metric:
    family = CounterMetricFamily(name, meaning, labels=[label])
    for label_value, value in values.items():
        family.add_metric([label_value], value)
    return family
