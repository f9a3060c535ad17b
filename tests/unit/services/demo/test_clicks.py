"""Invented clicks are the same for a seed, and look like real ones."""

from collections import Counter
from datetime import UTC, datetime

import numpy as np
import pytest

from waypost.adapters.zones import TzdataZones
from waypost.domain.analytics.channels import channel_of
from waypost.domain.analytics.dimensions import DIMENSIONS, Dimension
from waypost.domain.analytics.enriched import DAY_MS
from waypost.services.demo.agents import BROWSERS, PROGRAMS
from waypost.services.demo.clicks import ClickMaker, DemoClicks
from waypost.services.demo.links import DemoLinks, links_of
from waypost.services.demo.making import counts_of, enriched, link_of
from waypost.services.demo.origins import ORIGINS
from waypost.services.demo.plan import (
    MOST_AT_ONCE,
    DemoPlan,
    clicks_by_day,
    parts_of,
)
from waypost.services.ids.allocate import NewCode
from waypost.wiring.analytics.agents import open_clients, open_machines

LAST_DAY = 20_783
PLAN = DemoPlan(seed=3, links=400, clicks=300_000, days=28, last_day=LAST_DAY)


def made(plan: DemoPlan, at: int = 20) -> tuple[DemoLinks, DemoClicks]:
    """The links of a plan, and the clicks of one of its parts."""
    links = links_of(plan)
    maker = ClickMaker(plan, links, zone=TzdataZones().zone)
    return links, maker.clicks(list(parts_of(plan))[at])


def shares(clicks: DemoClicks, by: Dimension) -> dict[str | None, float]:
    """Which part of all clicks each value has."""
    texts, codes = clicks.values[by]
    counts = np.bincount(codes, minlength=len(texts)) / len(codes)
    return dict(zip(texts, counts.tolist(), strict=True))


@pytest.fixture(scope="module")
def clicks() -> DemoClicks:
    """The clicks of a day."""
    return made(PLAN)[1]


def test_the_same_seed_gives_the_same_bytes() -> None:
    """Of links and clicks; another seed gives others."""
    (links, one), (same_links, same) = made(PLAN), made(PLAN)
    assert all(map(np.array_equal, links, same_links))
    for ours, theirs in zip(one[1:4], same[1:4], strict=True):
        assert ours.tobytes() == theirs.tobytes()
    for by in DIMENSIONS:
        assert one.values[by].texts == same.values[by].texts
        assert one.values[by].codes.tobytes() == same.values[by].codes.tobytes()
    _, other = made(PLAN._replace(seed=4))
    assert other.times_ms.tobytes() != one.times_ms.tobytes()


def test_days_add_up_and_grow() -> None:
    """To the number that was asked for, with quiet weekends and more in the end."""
    sizes = clicks_by_day(PLAN)
    assert sum(sizes) == PLAN.clicks
    assert sum(sizes[-7:]) > 1.3 * sum(sizes[:7])
    weekend = [
        size
        for day, size in enumerate(sizes, PLAN.first_day)
        if datetime.fromtimestamp(day * 86_400, UTC).isoweekday() > 5
    ]
    assert sum(weekend) / len(weekend) < 0.85 * PLAN.clicks / PLAN.days


def test_parts_follow_one_another() -> None:
    """Their sequences have no gap, also where a day has several."""
    plan = PLAN._replace(clicks=3 * MOST_AT_ONCE, days=2)
    ends = [part.first_sequence + part.clicks for part in parts_of(plan)]
    assert [1, *ends[:-1]] == [part.first_sequence for part in parts_of(plan)]
    assert ends[-1] - 1 == plan.clicks
    assert len(ends) > plan.days
    assert list(parts_of(plan._replace(clicks=0))) == []


def test_few_links_have_most_clicks(clicks: DemoClicks) -> None:
    """The busiest has some per cent, and half of the links have next to nothing."""
    counts = np.sort(np.bincount(clicks.links, minlength=PLAN.links))[::-1]
    assert 0.02 < counts[0] / counts.sum() < 0.25
    assert counts[: PLAN.links // 10].sum() > 0.4 * counts.sum()
    assert counts[PLAN.links // 2 :].sum() < 0.2 * counts.sum()


def test_links_have_no_clicks_before_they_are_made() -> None:
    """Nor on the day itself."""
    links, clicks = made(PLAN)
    assert (links.born[clicks.links] < clicks.part.day).all()
    first = link_of(links, 0, NewCode(7, "abcdefg"))
    assert first.created_at.timestamp() // 86_400 == links.born[0]
    assert (np.diff(links.born) >= 0).all()


def test_shares_are_plausible(clicks: DemoClicks) -> None:
    """Of machines, devices, countries, channels, codes and campaigns."""
    machines = shares(clicks, Dimension.MACHINE)
    assert 0.8 < machines[None] < 0.9
    assert {"agent", "preview", "prefetch", "network"} <= machines.keys()
    devices = shares(clicks, Dimension.DEVICE)
    assert 0.4 < devices["phone"] < 0.65
    assert 0.2 < devices["desktop"] < 0.45
    countries = shares(clicks, Dimension.COUNTRY)
    assert len(countries) > 30
    assert 0.1 < countries["US"] < 0.5
    channels = shares(clicks, Dimension.CHANNEL)
    assert min(channels[name] for name in ("search", "social", "mail", "other")) > 0.01
    assert 0.2 < channels["direct"] < 0.65
    assert 0.005 < shares(clicks, Dimension.SOURCE)["qr"] < 0.2
    assert 0.3 < shares(clicks, Dimension.UTM_CAMPAIGN)[None] < 0.8


def test_languages_fit_countries(clicks: DemoClicks) -> None:
    """People in Germany read German, those in Japan Japanese."""
    rows = list(enriched(clicks, [NewCode(at, "x") for at in range(PLAN.links)], "j"))
    spoken: Counter[tuple[str | None, str | None]] = Counter(
        (row.values[0], row.values[6]) for row in rows if not row.is_machine
    )
    for country, language in (("DE", "de"), ("JP", "ja"), ("BR", "pt"), ("FR", "fr")):
        of_country = sum(n for (c, _), n in spoken.items() if c == country)
        assert spoken[country, language] > 0.75 * of_country
    assert {row.values[1][:2] for row in rows if row.values[1]} <= {
        row.values[0] for row in rows
    }


def test_people_click_by_day_in_their_zone(clicks: DemoClicks) -> None:
    """Few at night: of 3 o'clock there, against 12 o'clock."""
    texts, codes = clicks.values[Dimension.COUNTRY]
    for country, night, noon in (("DE", 2, 11), ("JP", 18, 3)):
        of_country = clicks.times_ms[codes == texts.index(country)] // 3_600_000
        hours = np.bincount(of_country, minlength=24)
        assert hours[night] * 3 < hours[noon]


def test_visitors_return_within_the_day(clicks: DemoClicks) -> None:
    """Some click several times, and machines and private visitors have no hash."""
    hashes, counts = np.unique(clicks.visitors, return_counts=True)
    assert hashes[0] == 0
    assert 0.1 < (counts[1:] > 1).mean() < 0.5
    texts, codes = clicks.values[Dimension.MACHINE]
    assert (clicks.visitors[codes != texts.index(None)] == 0).all()
    assert ((clicks.times_ms >= 0) & (clicks.times_ms < DAY_MS)).all()


def test_counts_are_those_of_the_rows(clicks: DemoClicks) -> None:
    """By the ids of the links."""
    ids = list(range(1000, 1000 + PLAN.links))
    rows = enriched(clicks, [NewCode(each, "x") for each in ids], "j")
    assert counts_of(clicks, ids) == Counter(row.link_id for row in rows)


def test_agents_are_what_enrichment_says() -> None:
    """So that classifying clicks again changes nothing."""
    clients, machines = open_clients(), open_machines()
    for browser in BROWSERS:
        assert machines.machine_of_agent(browser.agent) is None, browser.agent
        found = clients.client(browser.agent, "")
        assert tuple(found) == (browser.device, browser.os, browser.name)
    for program in PROGRAMS:
        assert machines.machine_of_agent(program.agent) == program.machine
        assert set(clients.client(program.agent, "")) == {"other"}


def test_channels_are_those_of_the_referrers() -> None:
    """As enrichment finds them."""
    for origin in ORIGINS:
        if origin.referrer:
            assert channel_of(origin.referrer) == origin.channel
