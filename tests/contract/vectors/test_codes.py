"""Ids become codes, and codes are put into lanes, as in `contracts/codes`."""

import pytest

from tests.contract.vectors.files import Case, cases, name_of
from waypost.domain.clicks import lane_of
from waypost.domain.codes import CodePermutation


class Permuted(Case, frozen=True, kw_only=True):
    """An id and its code under a key."""

    key: str
    id: int
    code: str


class Lane(Case, frozen=True, kw_only=True):
    """A code and its lane."""

    code: str
    lane: int


@pytest.mark.parametrize("case", cases("codes/permutation.json", Permuted), ids=name_of)
def test_permutation(case: Permuted) -> None:
    """A link keeps its code in every release: no id gets the code of another one."""
    permutation = CodePermutation(case.key.encode())
    assert permutation.code_of(case.id) == case.code
    assert permutation.id_of(case.code) == case.id


@pytest.mark.parametrize("case", cases("codes/lanes.json", Lane), ids=name_of)
def test_lanes(case: Lane) -> None:
    """A code has the same lane in every process and release."""
    assert lane_of(case.code) == case.lane
