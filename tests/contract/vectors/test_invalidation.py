"""Changes are announced as in `contracts/invalidation`."""

import pytest

from tests.contract.vectors.files import Case, cases, name_of
from waypost.domain.events import Invalidation
from waypost.wire.invalidation import decode_changes, encode_changes


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
    assert encode_changes(case.changes).decode() == case.text
    assert decode_changes(case.text.encode()) == case.changes


@pytest.mark.parametrize("case", cases("invalidation/read.json", Read), ids=name_of)
def test_read(case: Read) -> None:
    """A message that cannot be read says that something was missed."""
    if case.changes is None:
        with pytest.raises(ValueError, match=r"\w"):
            decode_changes(case.text.encode())
    else:
        assert decode_changes(case.text.encode()) == case.changes
