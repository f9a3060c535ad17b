"""Rules and variants as they are typed."""

import io
from pathlib import Path

import pytest

from waypost.cli.exits import WrongUsageError
from waypost.cli.links.targeting.values import (
    read_rules,
    read_variant,
    shown_rules,
    shown_variants,
)

RULES = '[{"when": {"country": ["CH"]}, "url": null}]'


@pytest.mark.parametrize(
    "text",
    [
        "name=b,weight=30,url=https://example.com/?a=1,b=2",
        "weight=30,name=b,url=https://example.com/?a=1,b=2",
    ],
)
def test_a_variant(text: str) -> None:
    """The URL comes last and may have commas."""
    url = "https://example.com/?a=1,b=2"
    assert read_variant(text) == {"name": "b", "weight": 30, "url": url}


@pytest.mark.parametrize(
    "text", ["", "b", "name=b,url=x", "name=b,weight=x,url=y", "name=b,name=c,url=y"]
)
def test_what_is_no_variant(text: str) -> None:
    """The message shows the form."""
    with pytest.raises(WrongUsageError, match="name=b,weight=30,url="):
        read_variant(text)


def test_rules_in_a_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A list, or an object with one; from stdin as well."""
    rules = [{"when": {"country": ["CH"]}, "url": None}]
    file = tmp_path / "rules.json"
    for text in (RULES, f'{{"rules": {RULES}}}'):
        file.write_text(text, "utf-8")
        assert read_rules(str(file)) == rules
    monkeypatch.setattr("sys.stdin", io.StringIO(RULES))
    assert read_rules("-") == rules


@pytest.mark.parametrize("text", ["", "{", "{}", "3", "[" * 100_000])
def test_what_holds_no_rules(tmp_path: Path, text: str) -> None:
    """It is named, and so is a file that is not there."""
    file = tmp_path / "rules.json"
    with pytest.raises(WrongUsageError, match=r"cannot be read"):
        read_rules(str(file))
    file.write_text(text, "utf-8")
    with pytest.raises(WrongUsageError, match=r"rules\.json"):
        read_rules(str(file))
    file.write_bytes(b"\xff\xfe")
    with pytest.raises(WrongUsageError, match=r"rules\.json"):
        read_rules(str(file))


def test_what_a_person_reads() -> None:
    """A line for each."""
    rule = {"name": "x", "when": {"country": ["CH"]}, "url": None, "variants": [1, 2]}
    assert shown_rules([rule]) == '  0. x: {"country": ["CH"]} -> refused, 2 variants'
    variant = {"name": "b", "weight": 30, "url": "https://example.com/b"}
    assert shown_variants([variant]) == "  b: 30 % -> https://example.com/b"
