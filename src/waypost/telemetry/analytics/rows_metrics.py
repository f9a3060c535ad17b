"""The metrics of storing clicks for reports."""

from prometheus_client import CollectorRegistry, Counter, Gauge


class RowsMetrics:
    """How clicks get from the journal or the bus into the reports."""

    def __init__(self, registry: CollectorRegistry) -> None:
        # Clicks that reports know. It follows clicks_counted within seconds.
        self.stored = Counter(
            "waypost_rows_stored_total",
            "Clicks that were stored for reports.",
            registry=registry,
        )
        # Clicks that had been stored before: after a kill, or when partitions of the
        # bus move. They are left out, and do no harm.
        self.repeated = Counter(
            "waypost_rows_repeated_total",
            "Clicks that came again and were left out of the reports.",
            registry=registry,
        )
        # Above a minute reports are late, and counts are not: the store of clicks does
        # not answer, or there is more traffic than one process can enrich.
        self.lag_seconds = Gauge(
            "waypost_rows_lag_seconds",
            "How far the reports are behind the recorded clicks.",
            registry=registry,
        )
        # A steady rate: the store of clicks cannot be written; the log says why.
        self.failures = Counter(
            "waypost_rows_failures_total",
            "Batches of clicks that could not be stored and are tried again.",
            registry=registry,
        )
        # The process that stores clicks ended unexpectedly and was started again.
        # Nothing is lost by it; its last log lines say why.
        self.restarts = Counter(
            "waypost_rows_restarts_total",
            "Times the process that stores clicks was started again.",
            registry=registry,
        )
