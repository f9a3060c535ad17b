"""Links stand in the shared cache as in `contracts/link-payload`."""

from enum import StrEnum

import pytest

from tests.contract.vectors.files import Case, LinkFields, cases, name_of
from waypost.domain.links import Absence, Link
from waypost.wire.link_payload import ABSENT, decode_values, encode_link, encode_whole


class Written(Case, frozen=True, kw_only=True):
    """A link and its two values."""

    value: LinkFields
    url: str | None
    link: str | None


class Kind(StrEnum):
    """What the values of a code say."""

    LINK = "link"
    ABSENT = "absent"
    INCOMPLETE = "incomplete"
    """There is such a link, and it has to be looked up: the values lack its options."""
    UNREADABLE = "unreadable"


class Read(Case, frozen=True, kw_only=True):
    """The two values of a code, and what they say together."""

    url: str | None
    link: str | None
    kind: Kind
    value: LinkFields | None


def said(url: str | None, link: str | None, code: str) -> Link | Absence | None:
    """Return what the two values say. Raises ValueError: nothing."""
    values = (None if value is None else value.encode() for value in (url, link))
    return decode_values(values, code=code)


@pytest.mark.parametrize(
    "case", cases("link-payload/written.json", Written), ids=name_of
)
def test_written(case: Written) -> None:
    """A link is written as it was, byte for byte, and read back."""
    link = case.value.link()
    assert encode_link(link).decode() == (case.url or "")
    assert encode_whole(link).decode() == (case.link or "")
    assert said(case.url, case.link, link.code) == link


def test_absence() -> None:
    """An absence is an empty value."""
    assert ABSENT == b""


@pytest.mark.parametrize("case", cases("link-payload/read.json", Read), ids=name_of)
def test_read(case: Read) -> None:
    """The newest of the values counts; what cannot be read says nothing."""
    if case.kind is Kind.UNREADABLE:
        with pytest.raises(ValueError, match=r"\w"):
            said(case.url, case.link, "abc1234")
        return
    if case.kind is Kind.INCOMPLETE:
        assert said(case.url, case.link, "abc1234") is None
        return
    expected = Absence() if case.value is None else case.value.link()
    assert said(case.url, case.link, "abc1234") == expected
    assert (expected == Absence()) == (case.kind is Kind.ABSENT)
