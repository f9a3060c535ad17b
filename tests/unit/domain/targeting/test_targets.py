"""URLs of rules and variants are checked as that of a link."""

from dataclasses import replace

import pytest

from tests.unit.services.links.contexts import context_over
from waypost.adapters.local import SystemClock
from waypost.adapters.memory.storage import MemoryStorage
from waypost.domain.errors import InvalidRules
from waypost.domain.options import LinkOptions
from waypost.services.links.options import checked

SHORTENER = "https://bit.ly/abc"


@pytest.mark.parametrize(
    "options",
    [
        LinkOptions(rules=({"when": {"country": "CH"}, "url": SHORTENER},)),
        LinkOptions(variants=({"name": "b", "url": SHORTENER, "weight": 1},)),
    ],
)
def test_no_url_leads_where_a_link_may_not(options: LinkOptions) -> None:
    """Blocklists and the list of shorteners hold for them, too."""
    context = context_over(
        MemoryStorage(), clock=SystemClock(), nudge=lambda event: None
    )
    context = replace(context, are_shorteners_allowed=False)
    with pytest.raises(InvalidRules) as refused:
        checked(options, target="https://example.com/", context=context)
    assert [one.code for one in refused.value.wrong] == ["target-shortener"]
    links = replace(context, are_shorteners_allowed=True)
    checked(options, target="https://example.com/", context=links)
