"""The metrics of visits that belong to no link."""

from prometheus_client import CollectorRegistry, Counter


class OrphanMetrics:
    """How visits without a link get into the main database."""

    def __init__(self, registry: CollectorRegistry) -> None:
        # Visits that were stored. A steep rise of `unknown_code` is a client that
        # guesses codes, or a printed link with a typing error:
        # `waypost orphans` shows which.
        self.stored = Counter(
            "waypost_orphans_stored_total",
            "Visits that belong to no link and were stored, by kind.",
            ["kind"],
            registry=registry,
        )
        # Visits whose code is not known any more, because there were too many different
        # ones within seconds. Any increase is a client that guesses codes.
        self.without_code = Counter(
            "waypost_orphans_without_code_total",
            "Visits of different codes beyond those that are counted one by one.",
            registry=registry,
        )
        # Batches that could not be stored. They are tried again, and codes beyond a
        # thousand are counted together meanwhile; redirects are not affected.
        self.failures = Counter(
            "waypost_orphan_failures_total",
            "Batches of visits without a link that could not be stored at first.",
            registry=registry,
        )
