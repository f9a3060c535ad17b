"""Makes the clicks of a part of a day: what each visitor is, does, and when."""

from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta, tzinfo
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from waypost.domain.analytics.dimensions import Dimension
from waypost.domain.analytics.enriched import DAY_MS
from waypost.services.demo import tables
from waypost.services.demo.agents import BROWSER_MACHINES, BROWSERS, PROGRAMS
from waypost.services.demo.choices import Choices, Places
from waypost.services.demo.links import DemoLinks, has_variant
from waypost.services.demo.origins import CHANNELS_OF_KINDS, ORIGINS, Kind
from waypost.services.demo.places import AWAKE, CENTRES, COUNTRIES
from waypost.services.demo.plan import DemoPart, DemoPlan
from waypost.services.demo.tables import Texts

_MACHINES: Final = 0.14
"""The part of all clicks that are machines'."""
_AT_HOME: Final = 0.5
"""The part of visitors that come from the market of their link."""
_ONE_CLICK: Final = 0.72
"""How likely a visitor's click is his last one of the day."""
_MOST_CLICKS: Final = 25
_SAME_LINK: Final = 0.6
"""How likely a visitor clicks on the same link again."""
_PRIVATE: Final = 0.04
"""The part of visitors that ask not to be recognised."""
_WITH_UTM: Final = 0.9
_QR: Final = 0.88
"""The part of visitors of a printed link that use its QR code."""
_PAUSE_MS: Final = 35 * 60_000.0
_HOUR_MS: Final = 3_600_000
_SUNDAY, _SATURDAY = 3, 2
"""1970-01-01 was a Thursday."""


class DemoClicks(NamedTuple):
    """Clicks of one UTC day, by column, in the order of their moments."""

    part: DemoPart
    links: Places
    """The place of each click's link among all."""
    times_ms: Places
    """Since the beginning of the day."""
    visitors: NDArray[np.uint64]
    values: Mapping[Dimension, Texts]


class _Rows(NamedTuple):
    """The row of each table for each click."""

    links: Places
    countries: Places
    places: Places
    languages: Places
    clients: Places
    machines: Places
    origins: Places
    campaigns: Places
    sources: Places
    times: Places


class ClickMaker:
    """Makes the clicks of one plan; *zone* returns a time zone by its name.

    The same plan and part give the same clicks.
    """

    def __init__(
        self, plan: DemoPlan, links: DemoLinks, *, zone: Callable[[str], tzinfo]
    ) -> None:
        self._plan = plan
        self._links = links
        self._zones = [zone(country.zone) for country in COUNTRIES]
        self._countries = Choices([[country.weight for country in COUNTRIES]])
        self._cities = Choices(
            [row.weight for row in tables.cities_of(c)] for c in COUNTRIES
        )
        self._languages = Choices(
            [weight for _, weight in tables.languages_of(c)] for c in COUNTRIES
        )
        self._browsers = _browsers()
        self._origins = _origins()
        self._centres = Choices([_centre_weights()])
        reasons = [program.weight for program in PROGRAMS]
        self._machines = Choices([reasons + [weight for _, weight in BROWSER_MACHINES]])
        self._hours = Choices(AWAKE)
        self._campaigns = tables.CampaignTable()
        self._tables = (
            tables.places(),
            tables.languages(),
            tables.clients(),
            tables.machines(),
            tables.origins(),
            self._campaigns.table,
            tables.sources(),
            tables.choices(),
        )

    def clicks(self, part: DemoPart) -> DemoClicks:
        """Return the clicks of *part*."""
        random = np.random.default_rng([self._plan.seed, part.day, part.number, 2])
        machines = round(part.clicks * _MACHINES)
        busy = Choices([self._links.busy(part.day)])
        people, hashes = self._people(random, busy, part.clicks - machines, part.day)
        programs = self._programs(random, busy, machines, part.day)
        joined = [np.concatenate(pair) for pair in zip(people, programs, strict=True)]
        order = np.argsort(joined[-1], kind="stable")
        rows = _Rows(*(column[order] for column in joined))
        visitors = np.concatenate([hashes, np.zeros(machines, np.uint64)])[order]
        values: dict[Dimension, Texts] = {}
        chosen = (
            *(rows.places, rows.languages, rows.clients, rows.machines),
            *(rows.origins, rows.campaigns, rows.sources),
            # Half of the people, and always the same ones.
            (has_variant(rows.links) & (visitors % 2 == 1)).astype(np.intp),
        )
        for table, of_table in zip(self._tables, chosen, strict=True):
            values |= table.values(of_table)
        return DemoClicks(part, rows.links, rows.times, visitors, values)

    def _people(
        self, random: np.random.Generator, busy: Choices, size: int, day: int
    ) -> tuple[_Rows, NDArray[np.uint64]]:
        numbers = np.minimum(random.geometric(_ONE_CLICK, size), _MOST_CLICKS)
        visitor = np.repeat(np.arange(size), numbers)[:size]
        known = int(visitor[-1]) + 1 if size else 0
        is_first = np.diff(visitor, prepend=-1) > 0
        link = busy.pick_first(random, known)
        links = np.where(
            is_first | (random.random(size) < _SAME_LINK),
            link[visitor],
            busy.pick_first(random, size),
        )
        countries = np.where(
            random.random(known) < _AT_HOME,
            self._links.markets[link],
            self._countries.pick_first(random, known),
        )
        is_printed = self._links.kinds[link] == Kind.PRINT
        clients = self._browsers.pick(random, _browser_groups(countries, is_printed))
        clients = clients % len(BROWSERS)
        starts = self._moments(random, countries, day)
        campaigns = self._campaign_rows(random, links)
        kinds = self._links.kinds[links]
        is_qr = (kinds == Kind.PRINT) & (random.random(size) < _QR)
        is_qr &= is_printed[visitor]
        origins = self._origins.pick(random, kinds) % len(ORIGINS)
        origins[is_qr] = 0
        origins[(origins == 0) & (kinds == Kind.MAIL) & (campaigns > 0)] = len(ORIGINS)
        rows = _Rows(
            links=links,
            countries=countries[visitor],
            places=self._cities.pick(random, countries)[visitor],
            languages=self._languages.pick(random, countries)[visitor],
            clients=clients[visitor],
            machines=np.zeros(size, np.intp),
            origins=origins,
            campaigns=campaigns,
            sources=is_qr.astype(np.intp),
            times=_later(random, starts[visitor], is_first),
        )
        return rows, _hashes(random, known)[visitor]

    def _programs(
        self, random: np.random.Generator, busy: Choices, size: int, day: int
    ) -> _Rows:
        links = busy.pick_first(random, size)
        countries = self._centres.pick_first(random, size)
        machines = self._machines.pick_first(random, size)
        is_browser = machines >= len(PROGRAMS)
        groups = _browser_groups(countries, np.zeros(size, np.bool_))
        browsers = self._browsers.pick(random, groups) % len(BROWSERS)
        unknown = sum(len(tables.languages_of(country)) for country in COUNTRIES)
        is_moment_of_people = random.random(size) < 0.5
        times = np.where(
            is_moment_of_people,
            self._moments(random, self._countries.pick_first(random, size), day),
            random.integers(0, DAY_MS, size),
        )
        return _Rows(
            links=links,
            countries=countries,
            # The first place of a country, whose city is unknown.
            places=np.array(_first_places())[countries],
            languages=np.where(
                is_browser, self._languages.pick(random, countries), unknown
            ),
            clients=np.where(is_browser, browsers, len(BROWSERS) + machines),
            machines=machines + 1,
            origins=np.zeros(size, np.intp),
            campaigns=np.zeros(size, np.intp),
            sources=np.zeros(size, np.intp),
            times=times,
        )

    def _campaign_rows(self, random: np.random.Generator, links: Places) -> Places:
        of = self._links
        rows = self._campaigns.rows(
            random, of.kinds[links], of.sources[links], of.campaigns[links]
        )
        return np.where(random.random(len(links)) < _WITH_UTM, rows, 0)

    def _moments(
        self, random: np.random.Generator, countries: Places, day: int
    ) -> Places:
        """Return a moment of each visitor's day, by the clock of his country."""
        noon = datetime.fromtimestamp(day * 86_400 + 43_200, UTC)
        offsets = [noon.astimezone(zone).utcoffset() for zone in self._zones]
        shifts = np.array([_milliseconds(offset) for offset in offsets])
        is_weekend = np.full(len(countries), int(day % 7 in (_SATURDAY, _SUNDAY)))
        hours = self._hours.pick(random, is_weekend) % len(AWAKE[0])
        local = hours * _HOUR_MS + random.integers(0, _HOUR_MS, len(countries))
        moments: Places = (local - shifts[countries]) % DAY_MS
        return moments


def _hashes(random: np.random.Generator, size: int) -> NDArray[np.uint64]:
    """Return different visitors; 0 for those who ask not to be recognised."""
    hashes = random.integers(1, 1 << 64, size, dtype=np.uint64)
    hashes[random.random(size) < _PRIVATE] = 0
    return hashes


def _milliseconds(offset: timedelta | None) -> int:
    return int((offset or timedelta()).total_seconds() * 1000)


def _later(
    random: np.random.Generator, starts: Places, is_first: NDArray[np.bool_]
) -> Places:
    """Return the moments of clicks: each some time behind the visitor's one before."""
    pauses = np.where(is_first, 0, random.exponential(_PAUSE_MS, len(starts)))
    passed = np.cumsum(pauses)
    before = passed[is_first][np.cumsum(is_first) - 1]
    moments = (starts + passed - before).astype(np.int64) % (2 * DAY_MS)
    # Beyond midnight time runs backwards, so that visitors stay within their day.
    inside: Places = np.where(moments < DAY_MS, moments, 2 * DAY_MS - 1 - moments)
    return inside


def _browsers() -> Choices:
    """Return the choice of browsers: of four groups, by links and by phones."""
    mobile = ("phone", "tablet")
    return Choices(
        [
            (each.iphones if phones == "ios" else each.others)
            * (each.device in mobile or not is_printed)
            for each in BROWSERS
        ]
        for is_printed in (False, True)
        for phones in ("android", "ios")
    )


def _browser_groups(countries: Places, is_printed: NDArray[np.bool_]) -> Places:
    phones = np.array([int(country.phones == "ios") for country in COUNTRIES])
    groups: Places = is_printed * 2 + phones[countries]
    return groups


def _origins() -> Choices:
    """Return the choice of origins, by the kind of link."""
    return Choices(_origin_weights(channels) for channels in CHANNELS_OF_KINDS)


def _origin_weights(channels: Mapping[str, int]) -> list[float]:
    sums = {
        channel: sum(each.weight for each in ORIGINS if each.channel == channel)
        for channel in channels
    }
    return [
        channels[each.channel] * each.weight / sums[each.channel] for each in ORIGINS
    ]


def _centre_weights() -> list[float]:
    weights = dict(CENTRES)
    return [float(weights.get(country.code, 0)) for country in COUNTRIES]


def _first_places() -> list[int]:
    sizes = [len(tables.cities_of(country)) for country in COUNTRIES]
    return [sum(sizes[:at]) for at in range(len(sizes))]
