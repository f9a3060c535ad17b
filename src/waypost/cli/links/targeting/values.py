"""Rules in a file and variants as texts, as the HTTP API takes them."""

import json
import re
import sys
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Final

import msgspec

from waypost.cli.exits import WrongUsageError

VARIANT_FORM: Final = "name=b,weight=30,url=https://example.com/b"
_VARIANT: Final = re.compile(
    r"(?=(?:[a-z]+=[^,]*,)*name=(?P<name>[^,]+))"
    r"(?=(?:[a-z]+=[^,]*,)*weight=(?P<weight>[0-9]{1,3})(?:,|$))"
    r"(?:(?:name|weight)=[^,]*,){2}url=(?P<url>.+)"
)
"""The URL comes last, because it may have commas."""


class RuleStep(msgspec.Struct, frozen=True):
    """A rule that was looked at."""

    rule: int
    name: str | None
    holds: bool


class SimulatedVerdict(msgspec.Struct, frozen=True, kw_only=True):
    """What a visitor of a link would get, as `…/simulate` answers it."""

    status: int
    location: str | None
    code: str | None
    cache_seconds: int
    decided_by: str
    rule: int | None
    variant: str | None
    counted: bool
    steps: list[RuleStep]

    def summary(self) -> str:
        """Return it in a line for a person."""
        to = f" {self.location}" if self.location else ""
        code = f" {self.code}" if self.code else ""
        variant = f" {self.variant}" if self.variant else ""
        return f"{self.status}{code}{to} (decided by the {self.decided_by}{variant})"


def read_rules(source: str) -> list[object]:
    """Return the rules in the file *source*, or on stdin if it is `-`.

    Raises:
        WrongUsageError: It cannot be read, or is no list in JSON.
    """
    rules = _read(source)
    if isinstance(rules, dict) and isinstance(rules.get("rules"), list):
        rules = rules["rules"]
    if not isinstance(rules, list):
        raise WrongUsageError(f"{source} has no list of rules in JSON.")
    return rules


def read_object(source: str) -> dict[str, object]:
    """Return the object in the file *source*, or on stdin if it is `-`.

    Raises:
        WrongUsageError: It cannot be read, or is no object in JSON.
    """
    found = _read(source)
    if not isinstance(found, dict):
        raise WrongUsageError(f"{source} has no object in JSON.")
    return found


def _read(source: str) -> object:
    try:
        text = sys.stdin.read() if source == "-" else Path(source).read_text("utf-8")
        return json.loads(text)
    except OSError as error:
        raise WrongUsageError(f"{source} cannot be read: {error.strerror}.") from None
    except (ValueError, RecursionError) as error:
        raise WrongUsageError(f"{source} is not valid JSON: {error}.") from None


def read_variant(text: str) -> dict[str, object]:
    """Return the variant that *text* describes.

    Raises:
        WrongUsageError: It is not of the form `VARIANT_FORM`.
    """
    found = _VARIANT.fullmatch(text)
    if found is None:
        raise WrongUsageError(f"A variant is written as {VARIANT_FORM}, the URL last.")
    return {"name": found["name"], "weight": int(found["weight"]), "url": found["url"]}


def shown_rules(rules: Iterable[Mapping[str, object]]) -> str:
    """Return *rules* as a person reads them, one a line."""
    return "\n".join(
        f"  {place}. {rule.get('name') or 'rule'}: {json.dumps(rule.get('when'))} "
        f"-> {rule.get('url') or 'refused'}{_others(rule.get('variants'))}"
        for place, rule in enumerate(rules)
    )


def shown_variants(variants: Iterable[Mapping[str, object]]) -> str:
    """Return *variants* as a person reads them, one a line."""
    return "\n".join(
        f"  {one.get('name')}: {one.get('weight')} % -> {one.get('url')}"
        for one in variants
    )


def _others(variants: object) -> str:
    count = len(variants) if isinstance(variants, list) else 0
    return f", {count} variants" if count else ""
