"""The metrics of fetching titles."""

from prometheus_client import CollectorRegistry, Counter


class TitleMetrics:
    """How titles of targets are fetched."""

    def __init__(self, registry: CollectorRegistry) -> None:
        # How fetches ended: found, without_title, private, loop, too_long_chain,
        # timeout, failed. A rise of `private` or `loop` is a client that tries to make
        # this server reach its own network, or itself.
        self.fetches = Counter(
            "waypost_title_fetches_total",
            "Titles of targets that were fetched, by how that ended.",
            ["outcome"],
            registry=registry,
        )
        # Titles that were not fetched, because too many waited.
        self.dropped = Counter(
            "waypost_title_fetches_dropped_total",
            "Titles that were not fetched, because a thousand waited already.",
            registry=registry,
        )
