"""The metrics of enriching clicks, with the meaning of each for an operator."""

from prometheus_client import CollectorRegistry, Counter


class EnrichmentMetrics:
    """What the process that enriches clicks counts, by step."""

    def __init__(self, registry: CollectorRegistry) -> None:
        # Clicks enriched. Divides the other metrics of enrichment. `waypost serve` adds
        # up what its process of reports counts, every second at least; they do not
        # fall when that process is started again, but lack what a killed one had not
        # reported.
        self.clicks = Counter(
            "waypost_enriched_clicks_total",
            "Clicks enriched for reports.",
            registry=registry,
        )
        # Divided by the clicks: what each step costs per click. A step that has become
        # slow gets user agents or headers that it has not seen before.
        self.seconds = Counter(
            "waypost_enrichment_seconds_total",
            "Time that each step of enrichment took, in seconds.",
            ["step"],
            registry=registry,
        )
        # Divided by the clicks: the share about which a step knows something. If that
        # of `place` falls to 0, the database of places has become unreadable. For
        # `machine` it is the share of machines.
        self.known = Counter(
            "waypost_enrichment_known_total",
            "Clicks about which a step of enrichment found something.",
            ["step"],
            registry=registry,
        )
        # Must be zero: a step could not deal with a click, whose values stay unknown.
        # The log has the reason; please report it.
        self.failures = Counter(
            "waypost_enrichment_failures_total",
            "Clicks at which a step of enrichment failed.",
            ["step"],
            registry=registry,
        )
        # Any: the clock of a server that redirects, or of this one, is wrong by more
        # than five minutes. Such clicks count at the moment when they are read.
        self.moments_ahead = Counter(
            "waypost_clicks_ahead_total",
            "Clicks from more than five minutes ahead of this machine's clock.",
            registry=registry,
        )

    def counters(self) -> tuple[Counter, ...]:
        """Return all of them: a child counts, and its server shows them."""
        return (
            *(self.clicks, self.seconds, self.known),
            *(self.failures, self.moments_ahead),
        )
