"""How often the text of the metrics is made."""

from prometheus_client import CollectorRegistry, Counter

from tests.fakes import SettableClock
from waypost.telemetry.scrape import FRESH_SECONDS, MetricsPage


def test_the_text_is_made_once_a_second() -> None:
    """Requests within a second get the same text, and later ones a new one."""
    registry = CollectorRegistry()
    counter = Counter("visits", "Visits.", registry=registry)
    clock = SettableClock()
    page = MetricsPage(registry, monotonic=clock.monotonic)
    first = page.text()
    counter.inc()
    clock.move(FRESH_SECONDS * 0.9)
    assert page.text() is first
    clock.move(FRESH_SECONDS * 0.2)
    assert b"visits_total 1.0" in page.text()
