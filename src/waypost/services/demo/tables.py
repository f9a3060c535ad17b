"""Tables of what a click may be; for each click, rows of them are chosen."""

from collections.abc import Mapping, Sequence
from typing import Final, NamedTuple

import numpy as np

from waypost.domain.analytics.dimensions import Dimension
from waypost.services.demo.agents import BROWSER_MACHINES, BROWSERS, PROGRAMS
from waypost.services.demo.choices import Places
from waypost.services.demo.links import VARIANT
from waypost.services.demo.origins import CAMPAIGNS, ORIGINS, UTM_OF_KINDS, Kind
from waypost.services.demo.places import COUNTRIES, Country


class Texts(NamedTuple):
    """The values of one dimension."""

    texts: Sequence[str | None]
    """Different values."""
    codes: Places
    """For each click, or row, the place of its value in *texts*."""


class Table:
    """Rows of values of some dimensions."""

    def __init__(
        self, dimensions: Sequence[Dimension], rows: Sequence[Sequence[str | None]]
    ) -> None:
        self._columns = {
            dimension: _coded([row[at] for row in rows])
            for at, dimension in enumerate(dimensions)
        }

    def values(self, rows: Places) -> Mapping[Dimension, Texts]:
        """Return the values of the chosen *rows*."""
        return {
            dimension: Texts(texts, codes[rows])
            for dimension, (texts, codes) in self._columns.items()
        }


def _coded(values: Sequence[str | None]) -> Texts:
    places = {value: place for place, value in enumerate(dict.fromkeys(values))}
    return Texts(tuple(places), np.array([places[value] for value in values]))


class CityRow(NamedTuple):
    """A place of visitors, and its weight in its country."""

    country: str
    region: str | None
    city: str | None
    weight: float


_UNKNOWN_CITY: Final = 9.0


def cities_of(country: Country) -> list[CityRow]:
    """Return the places of *country*; in one of them the city is not known."""
    rows = [CityRow(country.code, None, None, _UNKNOWN_CITY)]
    for entry in filter(None, country.cities.split(";")):
        region, city, weight = entry.split(":")
        rows.append(CityRow(country.code, region, city, float(weight)))
    return rows


def languages_of(country: Country) -> list[tuple[str, float]]:
    """Return the languages of *country*, with weights."""
    pairs = (entry.split(":") for entry in country.languages.split())
    return [(language, float(weight)) for language, weight in pairs]


def places() -> Table:
    """Return the places of all countries, in their order."""
    rows = [row[:3] for country in COUNTRIES for row in cities_of(country)]
    return Table((Dimension.COUNTRY, Dimension.REGION, Dimension.CITY), rows)


def languages() -> Table:
    """Return the languages of all countries, in their order; the last is unknown."""
    rows: list[tuple[str | None]] = [
        (language,) for country in COUNTRIES for language, _ in languages_of(country)
    ]
    return Table((Dimension.LANGUAGE,), [*rows, (None,)])


def clients() -> Table:
    """Return the browsers of people, and then the programs."""
    people = [(each.device, each.os, each.name, each.agent) for each in BROWSERS]
    programs = [("other", "other", "other", each.agent) for each in PROGRAMS]
    dimensions = (Dimension.DEVICE, Dimension.OS, Dimension.BROWSER, Dimension.AGENT)
    return Table(dimensions, [*people, *programs])


def machines() -> Table:
    """Return the reason of people, which is none; of programs; of browsers."""
    reasons = [None, *(each.machine for each in PROGRAMS)]
    reasons += [reason for reason, _ in BROWSER_MACHINES]
    return Table((Dimension.MACHINE,), [(reason,) for reason in reasons])


def origins() -> Table:
    """Return all origins; the last is mail that names no page."""
    rows = [(each.channel, each.referrer) for each in ORIGINS]
    return Table((Dimension.CHANNEL, Dimension.REFERRER), [*rows, ("mail", None)])


def sources() -> Table:
    """Return the two ways to a short URL: link and QR code."""
    return Table((Dimension.SOURCE,), [("link",), ("qr",)])


def choices() -> Table:
    """Return what links choose: nothing, and their variant."""
    return Table((Dimension.RULE, Dimension.VARIANT), [(None, None), (None, VARIANT)])


class CampaignTable:
    """All that campaigns say; row 0 is no campaign."""

    def __init__(self) -> None:
        rows: list[tuple[str | None, ...]] = [(None,) * 5]
        self._first = np.zeros(len(Kind), np.intp)
        self._sizes = np.ones((3, len(Kind)), np.intp)
        for kind, utm in UTM_OF_KINDS.items():
            terms, contents = utm.terms or (None,), utm.contents or (None,)
            self._first[kind] = len(rows)
            self._sizes[:, kind] = len(utm.sources), len(terms), len(contents)
            rows += [
                (source, utm.medium, campaign, term, content)
                for source in utm.sources
                for campaign in CAMPAIGNS
                for term in terms
                for content in contents
            ]
        self.table = Table(
            (
                Dimension.UTM_SOURCE,
                Dimension.UTM_MEDIUM,
                Dimension.UTM_CAMPAIGN,
                Dimension.UTM_TERM,
                Dimension.UTM_CONTENT,
            ),
            rows,
        )

    def rows(
        self, random: np.random.Generator, kinds: Places, sources: Places, names: Places
    ) -> Places:
        """Return the rows of links of *kinds*; their terms and contents are chosen."""
        number, terms, contents = self._sizes[:, kinds]
        row = (sources % number) * len(CAMPAIGNS) + names
        row = row * terms + random.integers(0, terms)
        row = row * contents + random.integers(0, contents)
        return np.where(self._first[kinds] > 0, self._first[kinds] + row, 0)
