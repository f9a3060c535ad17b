"""Every store makes the golden reports."""

import msgspec
import pytest

from tests.contract.reports.golden import GoldenClick, GoldenRequest, makes
from tests.contract.reports.stores import ClickStore
from tests.contract.vectors.files import Case, cases, name_of


class GoldenReport(msgspec.Struct, forbid_unknown_fields=True, frozen=True):
    """A request, and the report that it gets."""

    request: GoldenRequest
    expected: msgspec.Raw


class ReportsCase(Case, frozen=True):
    """Clicks, and reports about them."""

    why: str
    clicks: list[GoldenClick]
    reports: list[GoldenReport]


@pytest.mark.parametrize(
    "case", cases("reports/reports.json", ReportsCase), ids=name_of
)
async def test_reports(clicks: ClickStore, case: ReportsCase) -> None:
    """The reports are those of the file."""
    await clicks.add([click.enriched() for click in case.clicks])
    for each in case.reports:
        assert await makes(clicks, each.request, each.expected), case.why
