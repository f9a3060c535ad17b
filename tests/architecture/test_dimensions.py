"""What a dimension of clicks costs: the files that `CONTRIBUTING.md` lists."""

import re

from tests.architecture.project import ROOT, SOURCE
from waypost.domain.analytics.dimensions import Dimension

STEPS = SOURCE / "services" / "analytics" / "steps"
SECTION = re.compile(r"^\*\*A dimension\.\*\*\n(.*?)\n\n", re.MULTILINE | re.DOTALL)
NEEDS_MORE = {Dimension.MACHINE, Dimension.AGENT, Dimension.COUNTRY}
"""Stores and reports know what these mean."""


def files_that_name(dimension: Dimension) -> set[str]:
    """Return the files of the product that use a dimension by its name."""
    used = re.compile(rf"\bDimension\.{dimension.name}\b")
    return {
        path.relative_to(ROOT).as_posix()
        for path in SOURCE.rglob("*.py")
        if used.search(path.read_text("utf-8"))
    }


def listed_files() -> set[str]:
    """Return the files that adding a dimension changes."""
    section = SECTION.search((ROOT / "CONTRIBUTING.md").read_text("utf-8"))
    assert section, "CONTRIBUTING.md says how to add a dimension"
    return set(re.findall(r"`(src/[a-z_/]+\.py)`", section[1]))


def test_one_step_fills_each_dimension() -> None:
    """Exactly one file of the steps names it."""
    for dimension in Dimension:
        steps = {
            path.name
            for path in STEPS.rglob("*.py")
            if re.search(rf"\bDimension\.{dimension.name}\b", path.read_text("utf-8"))
        }
        assert len(steps) == 1, dimension


def test_a_dimension_is_named_where_contributing_says() -> None:
    """Beside its step, only the listed files name a dimension."""
    steps = {path.relative_to(ROOT).as_posix() for path in STEPS.rglob("*.py")}
    named = set[str]().union(
        *(files_that_name(each) for each in set(Dimension) - NEEDS_MORE)
    )
    assert named - steps <= listed_files()
