"""Where a visitor is, by the address and by what a trusted proxy says."""

import pytest

from tests.unit.services.analytics.clicks import CLICK
from waypost.ports.analytics.enrichment import NOWHERE, Place
from waypost.services.analytics.steps.place import place_step

ZURICH = Place("CH", "CH-ZH", "Zurich")


class OnePlace:
    """Knows where one address is."""

    def place(self, address: str) -> Place:
        """Return the place of *address*."""
        return ZURICH if address == CLICK.address else NOWHERE


@pytest.mark.parametrize(
    ("address", "said", "place"),
    [
        (CLICK.address, "", ZURICH),
        (CLICK.address, "CH", ZURICH),
        (CLICK.address, "DE", Place("DE", None, None)),
        ("203.0.113.7", "DE", Place("DE", None, None)),
        ("203.0.113.7", "", NOWHERE),
    ],
)
def test_a_proxy_knows_better(address: str, said: str, place: Place) -> None:
    """Its country counts; region and city only if the database agrees with it."""
    click = CLICK._replace(address=address, country=said)
    assert place_step(OnePlace()).values([click]) == [place]
