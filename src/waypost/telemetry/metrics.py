"""Every metric of the product, defined once, with its meaning for an operator.

Those of the redirect path are in `telemetry/tally.py`, those of enrichment in
`telemetry/analytics/enrichment_metrics.py`.
"""

from collections.abc import Iterator

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram
from prometheus_client.gc_collector import GCCollector
from prometheus_client.process_collector import ProcessCollector

from waypost.telemetry.analytics.enrichment_metrics import EnrichmentMetrics
from waypost.telemetry.analytics.orphan_metrics import OrphanMetrics
from waypost.telemetry.analytics.rows_metrics import RowsMetrics
from waypost.telemetry.scrape import MetricsPage
from waypost.telemetry.tally import Tally, TallyCollector
from waypost.telemetry.title_metrics import TitleMetrics

__all__ = ["Metrics", "Tally", "metric_names"]


class Metrics:
    """The metrics of one process, in a registry of their own."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        self.page = MetricsPage(self.registry)
        self.tally = Tally()
        # Both platform collectors: memory, CPU seconds, file descriptors and
        # garbage collections of this process.
        ProcessCollector(registry=self.registry)
        GCCollector(registry=self.registry)
        self.registry.register(TallyCollector(self.tally))
        self._define_api_metrics()
        self._define_limit_metrics()
        self._define_link_metrics()
        self._define_id_metrics()
        self._define_click_metrics()
        self._define_forward_metrics()
        self._define_ingest_metrics()
        self._define_gap_metrics()
        self._define_kafka_metrics()
        self._define_state_metrics()
        self._define_warm_metrics()
        self.rows = RowsMetrics(self.registry)
        self.enrichment = EnrichmentMetrics(self.registry)
        self.orphans = OrphanMetrics(self.registry)
        self.titles = TitleMetrics(self.registry)

    def _define_api_metrics(self) -> None:
        # API requests by route template. The 5xx share is the error budget; 4xx
        # by route shows which clients send wrong requests.
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
            "Time from request to answer; without live reports, which clients end.",
            ["route"],
            registry=self.registry,
            buckets=(0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 5),
        )

    def _define_limit_metrics(self) -> None:
        # Requests refused with 429. Of `wrong-key`: a client guesses, or a program
        # has an old key. Of `key`: raise KEY_RATE_LIMIT, or the key's own limit. Of
        # `password`: a client guesses the password of a link.
        self.rate_limited = Counter(
            "waypost_rate_limited_total",
            "Requests beyond a limit, by its name.",
            ["policy"],
            registry=self.registry,
        )
        # Not zero: Redis is away or slow, and each server limits for itself.
        self.rate_limits_unshared = Counter(
            "waypost_rate_limits_unshared_total",
            "Decisions on limits that other servers do not know of.",
            registry=self.registry,
        )

    def _define_link_metrics(self) -> None:
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
        # Links per transaction. Mostly 1: creates come singly. Near the highest
        # bucket with a rising waypost_creates_waiting: the database is the limit.
        self.create_batch_links = Histogram(
            "waypost_create_batch_links",
            "Links that were stored in one transaction.",
            registry=self.registry,
            buckets=(1, 2, 5, 10, 20, 50, 100, 200, 500),
        )
        # Creates that wait for a transaction. A few hundred are normal under load;
        # at 10,000 further ones are refused with 503.
        self.creates_waiting = Gauge(
            "waypost_creates_waiting",
            "Creates that wait for their turn to be stored.",
            registry=self.registry,
        )
        self._define_event_metrics()

    def _define_id_metrics(self) -> None:
        # Ids that this process can use without another lease. Near zero under
        # load, creates wait for leases: raise ID_BLOCK_SIZE.
        self.ids_at_hand = Gauge(
            "waypost_ids_at_hand",
            "Leased ids that are not used yet.",
            registry=self.registry,
        )
        # Which sources leased, and which could not. Leases from any but the first
        # source mean that those before it are away; failures of all of them end in 503.
        self.id_leases = Counter(
            "waypost_id_leases_total",
            "Attempts to lease a block of ids, by source and outcome.",
            ["source", "outcome"],
            registry=self.registry,
        )
        # Stripes that keygen has taken from the database for a Redis node: one per
        # million ids, and one each time that a node has lost its memory. Faster than
        # ids are leased: a node loses its data all the time, check its memory limit.
        self.id_stripes = Counter(
            "waypost_id_stripes_total",
            "Stripes of ids leased for a Redis node, by why it needed one.",
            ["reason"],
            registry=self.registry,
        )

    def _define_event_metrics(self) -> None:
        # Changes of links that were published to every process.
        self.events_published = Counter(
            "waypost_link_events_told_total",
            "Changes of links taken from the outbox and published.",
            registry=self.registry,
        )
        # Age of the oldest change in the last batch from the outbox. Above a few
        # seconds, Redis was away; until then other processes may have served old
        # targets.
        self.event_lag_seconds = Gauge(
            "waypost_link_event_lag_seconds",
            "Age of the oldest change in the last published batch.",
            registry=self.registry,
        )
        # Rounds in which changes could not be published; they are tried again. A steady
        # rate: Redis or the database is away.
        self.relay_failures = Counter(
            "waypost_link_relay_failures_total",
            "Rounds of publishing changes that failed and are tried again.",
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
        # Clicks on links that the database does not know. Any increase means that the
        # database is not the one that the links were made in, or an older copy of it.
        # On the bus they are dead letters too.
        self.clicks_unknown_link = Counter(
            "waypost_clicks_unknown_link_total",
            "Clicks on links that the database does not know, counted for none.",
            registry=self.registry,
        )
        # Damaged records set aside. Any increase means a failing disk or another
        # program in DATA_DIR: run `waypost journal verify`.
        self.records_damaged = Counter(
            "waypost_journal_records_damaged_total",
            "Journal records that could not be read and were set aside.",
            registry=self.registry,
        )

    def _define_forward_metrics(self) -> None:
        # Clicks that the bus has confirmed. `redis` moves only while Kafka is away;
        # the sum follows clicks_recorded within a fraction of a second.
        self.clicks_forwarded = Counter(
            "waypost_clicks_forwarded_total",
            "Clicks that were handed to the bus, by route.",
            ["route"],
            registry=self.registry,
        )
        # Age of the oldest click of a batch when the bus had confirmed it; while no
        # route works, the time since then. Above a few seconds counts are late; see
        # forward_failures, and journal_bytes for how long the disk will last.
        self.forward_lag_seconds = Gauge(
            "waypost_forward_lag_seconds",
            "How far the bus is behind the recorded clicks.",
            registry=self.registry,
        )
        # Batches that no route took; they are tried again. A steady rate: both
        # Kafka and Redis are away, and the journal grows.
        self.forward_failures = Counter(
            "waypost_forward_failures_total",
            "Batches of clicks that could not be forwarded and are tried again.",
            registry=self.registry,
        )
        # The forwarder's process ended unexpectedly and was started again. Nothing is
        # lost by it; its last log lines say why.
        self.forwarder_restarts = Counter(
            "waypost_forwarder_restarts_total",
            "Times the forwarder's process was started again.",
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

    def _define_gap_metrics(self) -> None:
        # Clicks that were recorded and have not been counted within
        # CLICK_GAP_SECONDS. The same on every ingest worker. Anything but zero is a
        # loss, or a part of the bus that hangs: `waypost missing` lists the clicks.
        self.clicks_missing = Gauge(
            "waypost_clicks_missing",
            "Recorded clicks that are not counted and are overdue.",
            registry=self.registry,
        )
        # When this worker last looked for missing clicks, since 1970. Older than a few
        # minutes: the database is away; waypost_clicks_missing is old as well.
        self.gaps_examined = Gauge(
            "waypost_clicks_missing_timestamp_seconds",
            "When missing clicks were last looked for.",
            registry=self.registry,
        )

    def _define_kafka_metrics(self) -> None:
        # Partitions that this ingest worker reads. All workers together have all of
        # them; a worker with none is one too many.
        self.kafka_partitions = Gauge(
            "waypost_kafka_partitions",
            "Partitions of the click topic that this worker reads.",
            registry=self.registry,
        )
        # Changes of that number. Some at every start and stop of a worker; a steady
        # rate means that workers do not keep up with their session, or crash.
        self.kafka_rebalances = Counter(
            "waypost_kafka_rebalances_total",
            "Partitions given to or taken from this worker, by how: assigned, "
            "revoked, lost.",
            ["how"],
            registry=self.registry,
        )
        # Records that Kafka has and this worker has not counted. Rising for minutes:
        # start another worker, as long as there are partitions for it.
        self.kafka_lag = Gauge(
            "waypost_kafka_lag_records",
            "Records of this worker's partitions that are not counted yet.",
            registry=self.registry,
        )
        # Records that could not be counted and were kept. Examine every increase:
        # `waypost dlq list`.
        self.dead_letters = Counter(
            "waypost_dead_letters_total",
            "Records that could not be counted and were kept as dead letters.",
            registry=self.registry,
        )

    def _define_warm_metrics(self) -> None:
        # 1 on the warmer that works, 0 on those that stand by. The sum over all of
        # them must be 1; 0 for more than ten seconds: Redis is away.
        self.warm_leader = Gauge(
            "waypost_warm_leader",
            "Whether this warmer is the one that works.",
            registry=self.registry,
        )
        # Links put into the shared cache by the warmer: about CACHE_WARMER_TOP_N per
        # round, or all that are clicked.
        self.warm_links = Counter(
            "waypost_warm_links_total",
            "Links put into the shared cache before a visitor needed them.",
            registry=self.registry,
        )
        # How long a round takes, and how many there were. Near
        # CACHE_WARMER_INTERVAL_SECONDS: lower CACHE_WARMER_TOP_N.
        self.warm_seconds = Histogram(
            "waypost_warm_round_seconds",
            "Time to read the most clicked links and to share them.",
            registry=self.registry,
            buckets=(0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 10, 60),
        )
        # When the last round ended, since 1970. Older than a few intervals on the
        # warmer that leads: see warm_failures and its log.
        self.warm_last_round = Gauge(
            "waypost_warm_last_round_timestamp_seconds",
            "When the last round of warming ended.",
            registry=self.registry,
        )
        # Rounds that failed and are tried again: Redis or the database is away.
        self.warm_failures = Counter(
            "waypost_warm_failures_total",
            "Rounds of warming that failed and are tried again.",
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
        self._define_reader_metrics()
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

    def _define_reader_metrics(self) -> None:
        # What a reader of the journal has still to read. It grows while the reader
        # stands still; the journal keeps it, up to JOURNAL_MAX_MEGABYTES.
        self.journal_unread_bytes = Gauge(
            "waypost_journal_unread_bytes",
            "Bytes of clicks that a reader of the journal has not read.",
            ["reader"],
            registry=self.registry,
        )
        # Above a minute something is wrong with the reader, or with what it writes to:
        # the database for `counts`, Kafka and Redis for `bus`.
        self.journal_reader_stalled_seconds = Gauge(
            "waypost_journal_reader_stalled_seconds",
            "How long a reader with something to read has stood still.",
            ["reader"],
            registry=self.registry,
        )
        # More than 0: at JOURNAL_MAX_MEGABYTES, counted clicks were deleted that this
        # reader had not read.
        self.journal_skipped_bytes = Counter(
            "waypost_journal_skipped_bytes_total",
            "Bytes of clicks that were deleted before a reader had read them.",
            ["reader"],
            registry=self.registry,
        )


def metric_names(metrics: Metrics) -> Iterator[str]:
    """Yield the names of the product's own metrics, as `/metrics` prints them."""
    for family in metrics.registry.collect():
        if family.name.startswith("waypost_"):
            suffix = "_total" if family.type == "counter" else ""
            yield family.name + suffix
