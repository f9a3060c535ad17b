"""Changes are announced as in `contracts/invalidation`."""

import pytest

from tests.contract.vectors.files import Case, cases, name_of
from waypost.adapters.redis.invalidations import _changes, _encode
from waypost.domain.events import Invalidation


class Written(Case, frozen=True, kw_only=True):
    """Changes and their message."""

    changes: list[Invalidation]
    text: str


class Read(Case, frozen=True, kw_only=True):
    """A message, and its changes; None: it cannot be read."""

    text: str
    changes: list[Invalidation] | None


@pytest.mark.parametrize(
    "case", cases("invalidation/written.json", Written), ids=name_of
)
def test_written(case: Written) -> None:
    """Changes are written as they were, byte for byte, and read back."""
    assert _encode(case.changes).decode() == case.text
    assert _changes(case.text.encode()) == case.changes


@pytest.mark.parametrize("case", cases("invalidation/read.json", Read), ids=name_of)
def test_read(case: Read) -> None:
    """A message that cannot be read says that something was missed."""
    expected = [None] if case.changes is None else case.changes
    assert _changes(case.text.encode()) == expected
