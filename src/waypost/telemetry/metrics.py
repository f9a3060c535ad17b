"""Every metric of the product, defined once, with what to conclude from it.

Redirects count on plain integers (`Tally`), because a Prometheus counter takes a
lock on every increment; a collector reads them when `/metrics` is asked.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram
from prometheus_client.core import CounterMetricFamily, Metric
from prometheus_client.gc_collector import GCCollector
from prometheus_client.process_collector import ProcessCollector
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


class _TallyCollector(Collector):
    def __init__(self, tally: Tally) -> None:
        self._tally = tally

    def collect(self) -> Iterable[Metric]:
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
        # somebody guessing codes, or a printed link with a typing error.
        yield _family(
            "waypost_unknown_codes",
            "Requests for codes of no link, by where the absence was found.",
            "found_in",
            {"near": tally.remembered_absences, "store": tally.unknown_codes},
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
        # JOURNAL_MAX_MEGABYTES is reached. Must be zero; page somebody.
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


class Metrics:
    """The metrics of one process, in a registry of their own."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        self.tally = Tally()
        # Both platform collectors: memory, CPU seconds, file descriptors and
        # garbage collections of this process.
        ProcessCollector(registry=self.registry)
        GCCollector(registry=self.registry)
        self.registry.register(_TallyCollector(self.tally))
        self._define_api_metrics()
        self._define_click_metrics()
        self._define_ingest_metrics()
        self._define_state_metrics()

    def _define_api_metrics(self) -> None:
        # API requests by route template. The 5xx share is the error budget; 4xx
        # by route tells which clients are confused.
        self.api_requests = Counter(
            "waypost_api_requests_total",
            "API requests answered.",
            ["method", "route", "status"],
            registry=self.registry,
        )
        # How long API requests take. A rise on /api/shorten alone is the
        # database; a rise on every route is a busy event loop.
        self.api_seconds = Histogram(
            "waypost_api_request_seconds",
            "Time from request to answer.",
            ["route"],
            registry=self.registry,
            buckets=(0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 5),
        )
        # Links created.
        self.links_created = Counter(
            "waypost_links_created_total",
            "Links created, by kind of code.",
            ["code"],
            registry=self.registry,
        )
        # Blocks of ids leased. More often than creates / ID_BLOCK_SIZE means
        # that processes restart all the time.
        self.blocks_leased = Counter(
            "waypost_id_blocks_leased_total",
            "Blocks of ids leased.",
            registry=self.registry,
        )

    def _define_click_metrics(self) -> None:
        # Clicks added to the counts of links. Follows clicks_recorded within a
        # second; if it stops while that rises, see ingest_failures.
        self.clicks_counted = Counter(
            "waypost_clicks_counted_total",
            "Clicks added to their links' counts.",
            registry=self.registry,
        )
        # Clicks recognised as counted before and left out. Normal after a crash
        # or a replay; a steady rate means that positions are not saved.
        self.clicks_duplicate = Counter(
            "waypost_clicks_duplicate_total",
            "Clicks recognised as counted already.",
            registry=self.registry,
        )
        # Damaged records set aside. Any increase means a failing disk or foreign
        # hands in DATA_DIR: run `waypost journal verify`.
        self.records_damaged = Counter(
            "waypost_journal_records_damaged_total",
            "Journal records that could not be read and were set aside.",
            registry=self.registry,
        )

    def _define_ingest_metrics(self) -> None:
        # Counting rounds that failed and will be tried again. Single ones are
        # harmless; a steady rate with rising journal bytes: the database is
        # locked, full or away.
        self.ingest_failures = Counter(
            "waypost_ingest_failures_total",
            "Counting rounds that failed and are tried again.",
            registry=self.registry,
        )
        # How long one counted batch takes, transaction included.
        self.ingest_seconds = Histogram(
            "waypost_ingest_batch_seconds",
            "Time to read, count and commit one batch of clicks.",
            registry=self.registry,
            buckets=(0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 10),
        )
        # Age of the newest counted click when it was counted. Above two seconds
        # reports are late; compare with journal_bytes for the backlog.
        self.ingest_lag_seconds = Gauge(
            "waypost_ingest_lag_seconds",
            "Age of the newest click in the last counted batch.",
            registry=self.registry,
        )

    def _define_state_metrics(self) -> None:
        # Disk used by clicks that are not counted yet (and the segment in use).
        # Reaching JOURNAL_MAX_MEGABYTES drops clicks.
        self.journal_bytes = Gauge(
            "waypost_journal_bytes",
            "Bytes of the click journal on disk.",
            registry=self.registry,
        )
        # Links in the near cache.
        self.near_entries = Gauge(
            "waypost_near_cache_entries",
            "Links held in the near cache.",
            registry=self.registry,
        )
        # Memory that the near cache's links take, as estimated for its bound.
        self.near_bytes = Gauge(
            "waypost_near_cache_bytes",
            "Estimated memory of the near cache.",
            registry=self.registry,
        )


def _plain(name: str, meaning: str, value: int) -> Metric:
    return CounterMetricFamily(name, meaning, value=value)


def _family(name: str, meaning: str, label: str, values: dict[str, int]) -> Metric:
    family = CounterMetricFamily(name, meaning, labels=[label])
    for label_value, value in values.items():
        family.add_metric([label_value], value)
    return family


def metric_names(metrics: Metrics) -> Iterator[str]:
    """Yield the names of the product's own metrics, as `/metrics` prints them."""
    for family in metrics.registry.collect():
        if family.name.startswith("waypost_"):
            suffix = "_total" if family.type == "counter" else ""
            yield family.name + suffix
