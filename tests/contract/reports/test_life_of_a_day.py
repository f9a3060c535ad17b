"""What a store does with its clicks meanwhile changes no report about them."""

from datetime import date

import msgspec
import pytest

from tests.contract.reports.golden import GoldenClick, GoldenRequest, makes
from tests.contract.reports.stores import ClickStore, keep_all
from tests.contract.vectors.files import Case, cases, name_of
from waypost.domain.analytics.enriched import DAY_MS

EPOCH = date(1970, 1, 1)
HOUR_MS = 3_600_000


class Step(msgspec.Struct, forbid_unknown_fields=True, frozen=True):
    """What happens, and the report afterwards."""

    do: str
    expected: msgspec.Raw
    clicks: list[GoldenClick] = []
    day: date = EPOCH
    agents: dict[str, str] = {}


class LifeCase(Case, frozen=True):
    """Steps of a day's life."""

    why: str
    request: GoldenRequest
    steps: list[Step]


@pytest.mark.parametrize(
    "case", cases("reports/life-of-a-day.json", LifeCase), ids=name_of
)
async def test_life_of_a_day(clicks: ClickStore, case: LifeCase) -> None:
    """Numbers change by new clicks and by classification, and by nothing else."""
    for number, step in enumerate(case.steps):
        await _do(step, clicks)
        assert await makes(clicks, case.request, step.expected), (number, case.why)


async def _do(step: Step, clicks: ClickStore) -> None:
    day = (step.day - EPOCH).days
    match step.do:
        case "ingest":
            await clicks.add([click.enriched() for click in step.clicks])
        case "seal":
            # The day is over for two hours.
            await keep_all(clicks, now_ms=(day + 1) * DAY_MS + 2 * HOUR_MS)
        case "reclassify":
            await clicks.reclassify(lambda agent: step.agents.get(agent or ""))
        case "expire rows":
            await clicks.expire(before_day=day + 1, is_dry_run=False)
        case _:
            pytest.fail(f"there is no such step: {step.do}")
