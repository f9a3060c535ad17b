"""Records of clicks have the headers of `contracts/cloud-events`."""

import re

import pytest

from tests.contract.vectors.files import Case, cases, name_of
from waypost.domain.clicks import Click, JournaledClick
from waypost.wire.cloud_events import headers_of, traceparent

TRACE = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"


class Written(Case, frozen=True, kw_only=True):
    """What the headers say, and the headers."""

    journal: str
    lane: int
    sequence: int
    time_ns: int
    headers: list[tuple[str, str]]


@pytest.mark.parametrize(
    "case", cases("cloud-events/headers.json", Written), ids=name_of
)
def test_written(case: Written) -> None:
    """The headers are as they were, in their order."""
    click = Click._make([case.time_ns, "abc1234", 1, "", *[b""] * 10, "", "", ""])
    journaled = JournaledClick(case.journal, case.lane, case.sequence, click)
    headers = headers_of(journal=case.journal, trace=TRACE)
    assert headers(journaled) == case.headers


def test_trace() -> None:
    """A batch's trace context has the form of the one in the file."""
    form = re.compile(r"00-[0-9a-f]{32}-[0-9a-f]{16}-01")
    assert form.fullmatch(TRACE)
    assert form.fullmatch(traceparent())
