"""Counters of one process, added up in another one."""

import msgspec
import pytest
from prometheus_client import CollectorRegistry

from waypost.telemetry.analytics.enrichment_metrics import EnrichmentMetrics
from waypost.telemetry.growth import CounterGrowth, Growth


class Side:
    """One of the two processes."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        self.metrics = EnrichmentMetrics(self.registry)
        self.growth = CounterGrowth(self.metrics.counters())

    def value(self, name: str, **labels: str) -> float | None:
        """Return the value of a counter."""
        return self.registry.get_sample_value(name, labels)


def test_what_grew_is_added_once() -> None:
    """Each take has what came since the last one; another child adds to it."""
    parent = Side()
    for _ in range(2):
        child = Side()
        for _ in range(3):
            child.metrics.clicks.inc(5)
            child.metrics.known.labels("place").inc(2)
            sent = msgspec.json.encode(child.growth.take())
            parent.growth.add(msgspec.json.decode(sent, type=list[Growth]))
        assert child.growth.take() == []
    assert parent.value("waypost_enriched_clicks_total") == 30
    assert parent.value("waypost_enrichment_known_total", step="place") == 12


def test_a_counter_of_another_release_is_left_out() -> None:
    """A child that was started after an upgrade may count more than its parent."""
    parent = Side()
    parent.growth.add(
        [Growth("waypost_newer", {}, 1.0), Growth("waypost_enriched_clicks", {}, 1.0)]
    )
    assert parent.value("waypost_enriched_clicks_total") == 1
    with pytest.raises(ValueError, match="label"):
        parent.growth.add([Growth("waypost_enrichment_known", {"other": "x"}, 1.0)])


def test_all_counters_of_enrichment_are_sent() -> None:
    """A counter that is added to the metrics is not forgotten here."""
    side = Side()
    sent = {
        family.name for each in side.metrics.counters() for family in each.collect()
    }
    assert sent == {family.name for family in side.registry.collect()}
