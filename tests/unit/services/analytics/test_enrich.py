"""What a batch of clicks becomes, with the lists and libraries of the product."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from time import perf_counter

import pytest
from prometheus_client import CollectorRegistry
from structlog.testing import capture_logs

from tests.fakes import SettableClock
from tests.unit.services.analytics.clicks import (
    CLICK,
    NOON,
    KeptSalts,
    journaled,
    value,
)
from waypost.domain.analytics.dimensions import DIMENSIONS, Dimension
from waypost.domain.analytics.enriched import day_of
from waypost.domain.clicks import Click
from waypost.services.analytics.enrich import Enricher
from waypost.services.analytics.step import EnrichmentStep, Values
from waypost.telemetry.analytics.enrichment_metrics import EnrichmentMetrics

DAY_NS = 86_400_000_000_000


@dataclass
class Build:
    """Makes enrichers of one clock, with metrics of their own sum."""

    steps: tuple[EnrichmentStep, ...]
    salts: KeptSalts
    clock: SettableClock
    metrics: EnrichmentMetrics

    def __call__(
        self, steps: tuple[EnrichmentStep, ...] = (), *, honours_privacy: bool = True
    ) -> Enricher:
        """Return an enricher with all steps, or with others."""
        return Enricher(
            steps=steps or self.steps,
            salts=self.salts,
            clock=self.clock,
            honours_privacy=honours_privacy,
            metrics=self.metrics,
        )


@pytest.fixture
def registry() -> CollectorRegistry:
    """Where the metrics are read."""
    return CollectorRegistry()


@pytest.fixture
def metrics(registry: CollectorRegistry) -> EnrichmentMetrics:
    """The metrics of all enrichers of a test."""
    return EnrichmentMetrics(registry)


@pytest.fixture
def salts() -> KeptSalts:
    """Salts that are known."""
    return KeptSalts()


@pytest.fixture
def clock() -> SettableClock:
    """A clock that stands at the click's noon."""
    return SettableClock(NOON)


@pytest.fixture
def build(
    steps: tuple[EnrichmentStep, ...],
    salts: KeptSalts,
    clock: SettableClock,
    metrics: EnrichmentMetrics,
) -> Build:
    """What makes enrichers."""
    return Build(steps=steps, salts=salts, clock=clock, metrics=metrics)


async def test_every_dimension_is_filled(build: Build) -> None:
    """A click with everything has every value, and its own identity and moment."""
    click = CLICK._replace(
        query=b"qr&utm_source=news&utm_medium=a%20b&utm_campaign=%C3%BC&utm_term=t"
        b"&utm_content=c",
        referrer=b"https://www.google.co.uk/search?q=x",
        language=b"de-CH,de;q=0.9,en;q=0.8",
        rule="Swiss phones",
        variant="b",
    )
    (enriched,) = await build().enrich(journaled(click))
    assert enriched[:5] == ("j" * 32, 7, 1, 1001, int(NOON.timestamp()) * 1000)
    assert enriched.visitor > 0
    assert dict(zip(DIMENSIONS, enriched.values, strict=True)) == {
        Dimension.COUNTRY: "US",
        Dimension.REGION: None,
        Dimension.CITY: None,
        Dimension.DEVICE: "phone",
        Dimension.OS: "ios",
        Dimension.BROWSER: "safari",
        Dimension.LANGUAGE: "de",
        Dimension.REFERRER: "google.co.uk",
        Dimension.CHANNEL: "search",
        Dimension.UTM_SOURCE: "news",
        Dimension.UTM_MEDIUM: "a b",
        Dimension.UTM_CAMPAIGN: "ü",
        Dimension.UTM_TERM: "t",
        Dimension.UTM_CONTENT: "c",
        Dimension.SOURCE: "qr",
        Dimension.MACHINE: None,
        Dimension.AGENT: click.user_agent.decode(),
        Dimension.RULE: "Swiss phones",
        Dimension.VARIANT: "b",
    }


async def test_no_click_is_no_click(build: Build) -> None:
    """An empty batch becomes an empty list."""
    assert await build().enrich([]) == []


async def test_a_visitor_is_one_day_one_host_and_one_agent(build: Build) -> None:
    """The hash differs by address, agent, host and day, and by nothing else."""
    clicks = [
        CLICK,
        CLICK._replace(
            link_id=7, code="x", query=b"a=1", referrer=b"https://a.example/"
        ),
        CLICK._replace(host=b"GO.example.com"),
        CLICK._replace(address="8.8.4.4"),
        CLICK._replace(user_agent=CLICK.user_agent + b"x"),
        CLICK._replace(host=b"other.example.com"),
        CLICK._replace(time_ns=CLICK.time_ns - DAY_NS),
    ]
    first, *same, a, b, c, d = (
        click.visitor for click in await build().enrich(journaled(*clicks))
    )
    assert same == [first, first]
    assert len({first, a, b, c, d}) == 5


@pytest.mark.parametrize(
    ("one", "other", "is_same"),
    [
        ("2001:db8:1:2::1", "2001:db8:1:2:ffff::9", True),
        ("2001:db8:1:2::1", "2001:db8:1:3::1", False),
        ("::ffff:192.0.2.1", "192.0.2.1", True),
        ("::ffff:192.0.2.1", "::ffff:192.0.2.2", False),
    ],
)
async def test_a_network_of_ipv6_is_one_visitor(
    build: Build, one: str, other: str, *, is_same: bool
) -> None:
    """Of IPv6 the first 64 bits count; an IPv4 address within it is that address."""
    clicks = journaled(CLICK._replace(address=one), CLICK._replace(address=other))
    first, second = await build().enrich(clicks)
    assert (first.visitor == second.visitor) is is_same


@pytest.mark.parametrize(
    "address", ["", "unknown", "8.8.8.8:90", "fe80::1%eth0%", "\0"]
)
async def test_what_is_no_address_is_no_visitor(build: Build, address: str) -> None:
    """Clicks without an address are people's, and not all of one visitor."""
    (enriched,) = await build().enrich(journaled(CLICK._replace(address=address)))
    assert (enriched.visitor, enriched.is_machine) == (0, False)
    assert value(enriched, Dimension.COUNTRY) is None


async def test_privacy_is_honoured_unless_a_setting_says_otherwise(
    build: Build,
) -> None:
    """`1` of `Sec-GPC` or `DNT` asks not to be recognised; `0` does not."""
    clicks = journaled(CLICK._replace(privacy=b"1"), CLICK._replace(privacy=b"0"))
    asked, not_asked = await build().enrich(clicks)
    assert (asked.visitor, asked.is_machine) == (0, False)
    assert not_asked.visitor != 0
    known = await build(honours_privacy=False).enrich(clicks)
    assert known[0].visitor == not_asked.visitor


async def test_machines_are_no_visitors(build: Build) -> None:
    """Each machine has its reason and no visitor; what the agent says comes last."""
    bot = b"Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)"
    clicks = journaled(
        CLICK._replace(user_agent=bot),
        CLICK._replace(user_agent=b"WhatsApp/2.24.14.79 A"),
        CLICK._replace(user_agent=b""),
        CLICK._replace(purpose=b"prefetch;prerender"),
        CLICK._replace(purpose=b"preview", user_agent=bot),
    )
    enriched = await build().enrich(clicks)
    assert [value(click, Dimension.MACHINE) for click in enriched] == [
        "agent",
        "preview",
        "agent",
        "prefetch",
        "prefetch",
    ]
    assert {click.visitor for click in enriched} == {0}


async def test_the_future_is_now(
    build: Build, clock: SettableClock, registry: CollectorRegistry
) -> None:
    """Up to five minutes a click may be ahead; beyond, it is of now, and counted."""
    ahead = [0, 300_000, 300_001, 10**9]
    clicks = [CLICK._replace(time_ns=CLICK.time_ns + ms * 10**6) for ms in ahead]
    enriched = await build().enrich(journaled(*clicks))
    now = int(NOON.timestamp()) * 1000
    assert [click.time_ms - now for click in enriched] == [0, 300_000, 0, 0]
    assert registry.get_sample_value("waypost_clicks_ahead_total") == 2
    assert enriched[0].visitor == enriched[3].visitor


async def test_salts_are_asked_for_once_a_day(
    build: Build, clock: SettableClock, salts: KeptSalts
) -> None:
    """A salt is fetched again when the UTC day ends, since it may be destroyed."""
    enricher, today = build(), day_of(int(NOON.timestamp()) * 1000)
    yesterday = CLICK._replace(time_ns=CLICK.time_ns - DAY_NS)
    for _ in range(3):
        await enricher.enrich(journaled(CLICK, yesterday, CLICK))
    assert sorted(salts.asked) == [today - 1, today]
    clock.move(timedelta(hours=12).total_seconds())
    await enricher.enrich(journaled(CLICK))
    assert salts.asked[2:] == [today]


async def test_a_visitor_who_comes_too_late_is_a_new_one(
    build: Build, salts: KeptSalts
) -> None:
    """Where a day's salt was destroyed, its visitors are still distinguished."""
    salts.destroyed = {day_of(int(NOON.timestamp()) * 1000)}
    other = CLICK._replace(address="8.8.4.4")
    enricher = build()
    late, again = await enricher.enrich(journaled(CLICK, CLICK))
    (elsewhere,) = await build().enrich(journaled(CLICK))
    (late_other,) = await enricher.enrich(journaled(other))
    assert late.visitor == again.visitor
    assert len({0, late.visitor, elsewhere.visitor, late_other.visitor}) == 4


async def test_a_step_that_fails_costs_its_own_values_only(
    build: Build, steps: tuple[EnrichmentStep, ...], registry: CollectorRegistry
) -> None:
    """One click that a step cannot deal with loses nothing of the others."""

    def language(clicks: Sequence[Click]) -> list[Values]:
        if any(click.language == b"bad" for click in clicks):
            raise ValueError("not expected")
        return [("de",) for _ in clicks]

    failing = tuple(
        step._replace(values=language) if step.name == "language" else step
        for step in steps
    )
    clicks = journaled(CLICK, CLICK._replace(language=b"bad"), CLICK)
    enricher = build(failing)
    with capture_logs() as logs:
        enriched = await enricher.enrich(clicks)
        await enricher.enrich(clicks[:1] + clicks[2:])
        await enricher.enrich(clicks[1:2])
    assert [dict(log, log_level=None) for log in logs] == [
        {
            "event": "enrichment.step_failed",
            "step": "language",
            "error": "ValueError",
            "log_level": None,
        }
    ]
    assert [value(click, Dimension.LANGUAGE) for click in enriched] == [
        "de",
        None,
        "de",
    ]
    assert all(value(click, Dimension.COUNTRY) == "US" for click in enriched)
    labels = {"step": "language"}
    assert registry.get_sample_value("waypost_enrichment_failures_total", labels) == 2
    assert registry.get_sample_value("waypost_enrichment_known_total", labels) == 4


async def test_each_step_is_timed_and_counted(
    build: Build, registry: CollectorRegistry
) -> None:
    """Every step has its name in the metrics, and the clicks are counted."""
    began = perf_counter()
    await build().enrich(journaled(CLICK, CLICK._replace(address="")))
    whole = perf_counter() - began
    assert registry.get_sample_value("waypost_enriched_clicks_total") == 2
    timed = {
        sample.labels["step"]: sample.value
        for family in registry.collect()
        for sample in family.samples
        if sample.name == "waypost_enrichment_seconds_total" and sample.value > 0
    }
    assert sum(timed.values()) <= whole
    assert set(timed) == {
        *("moment", "place", "client", "language", "referrer", "campaign"),
        *("source", "machine", "agent", "choice", "visitor"),
    }
    known = "waypost_enrichment_known_total"
    assert registry.get_sample_value(known, {"step": "place"}) == 1


def test_steps_fill_the_dimensions_in_their_order(
    build: Build, steps: tuple[EnrichmentStep, ...]
) -> None:
    """A dimension without a step, or in another place, is a mistake at the start."""
    with pytest.raises(AssertionError, match="order"):
        build(steps[:-1])
