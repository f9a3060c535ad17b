"""Rules and variants as they are written: read, checked, and brought to one form.

What is stored and answered is the form that this returns. The same reading compiles a
stored rule: one that this release cannot read, as it is of a newer one, holds for no
visitor.
"""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Final, NamedTuple, TypeAlias

from waypost.domain.errors import InvalidTarget, OptionConflict, TargetMissing
from waypost.domain.spelling import nearest
from waypost.domain.targeting.bounds import (
    MAX_CONDITIONS,
    MAX_LEVELS,
    MAX_NAME,
    MAX_RULES,
    MAX_SHARE,
    MAX_VARIANTS,
)
from waypost.domain.targeting.conditions import All, AnyOf, Condition, Not
from waypost.domain.targeting.keys import READERS, Read
from waypost.domain.targeting.problems import Problems
from waypost.domain.wrong.codes import FieldCode
from waypost.domain.wrong.values import Place

Object: TypeAlias = Mapping[str, object]
"""An object of JSON."""
_SLOW: Final = frozenset({"hours"})
"""Keys that are asked last: a rule mostly fails by another one before."""


class ReadVariant(NamedTuple):
    """A variant: its share of the visitors in per cent, and where they go."""

    name: str
    url: str
    weight: int


class ReadRule(NamedTuple):
    """A rule: if its condition holds, visitors go to its URL or a variant."""

    name: str | None
    when: Object
    """In its normal form."""
    condition: Condition
    url: str | None
    """None: the visitor is refused."""
    variants: Sequence[ReadVariant]


class Reading:
    """Reads rules and variants, and collects what is wrong with them."""

    def __init__(self, *, now: datetime, target: Callable[[str], str]) -> None:
        """Count moments from *now*; *target* returns the form of a URL, or refuses."""
        self.problems: Final = Problems()
        self._now = now
        self._target = target
        self._conditions = 0

    def rules(self, values: Sequence[Object], at: Place = ("rules",)) -> list[ReadRule]:
        """Return those of *values* that are right."""
        if len(values) > MAX_RULES:
            detail = f"A link has at most {MAX_RULES} rules."
            self.problems.add(at, FieldCode.TOO_MANY, detail)
            return []
        read = [self.rule(one, (*at, place)) for place, one in enumerate(values)]
        return [one for one in read if one is not None]

    def rule(self, value: object, at: Place) -> ReadRule | None:
        """Return the rule *value*; None: it is noted as wrong."""
        before = len(self.problems.found)
        fields = self._fields(value, at, ("name", "when", "url", "variants"))
        if fields is None:
            return None
        name = self._rule_name(fields.get("name"), (*at, "name"))
        self._conditions = 0
        when = self._when(fields.get("when"), (*at, "when"), level=1)
        if self._conditions > MAX_CONDITIONS:
            detail = f"A rule has at most {MAX_CONDITIONS} conditions."
            self.problems.add((*at, "when"), FieldCode.TOO_MANY, detail)
        url = self._rule_url(fields, (*at, "url"))
        variants = self.variants(fields.get("variants") or [], (*at, "variants"))
        if url is None and variants:
            detail = "A rule that refuses visitors (url is null) has no variants."
            self.problems.refuse((*at, "variants"), OptionConflict(detail))
        if when is None or len(self.problems.found) > before:
            return None
        assert isinstance(when.normal, Mapping), "conditions are an object"
        return ReadRule(name, when.normal, when.condition, url, variants)

    def variants(self, values: object, at: Place = ("variants",)) -> list[ReadVariant]:
        """Return those of *values* that are right."""
        if not isinstance(values, Sequence) or isinstance(values, str):
            self.problems.add(
                at, FieldCode.WRONG_TYPE, "Variants are a list of objects."
            )
            return []
        if len(values) > MAX_VARIANTS:
            detail = f"There are at most {MAX_VARIANTS} variants."
            self.problems.add(at, FieldCode.TOO_MANY, detail)
            return []
        read = [self._variant(one, (*at, place)) for place, one in enumerate(values)]
        variants = [one for one in read if one is not None]
        if sum(one.weight for one in variants) > MAX_SHARE:
            detail = f"The weights of all variants are at most {MAX_SHARE} together."
            self.problems.add(at, FieldCode.WEIGHTS_TOO_HIGH, detail)
        if len({one.name for one in variants}) < len(variants):
            detail = "Two variants have the same name."
            self.problems.add(at, FieldCode.DUPLICATE_NAME, detail)
        return variants

    def _variant(self, value: object, at: Place) -> ReadVariant | None:
        fields = self._fields(value, at, ("name", "url", "weight"))
        if fields is None:
            return None
        name, weight = fields.get("name"), fields.get("weight")
        is_named = isinstance(name, str) and _is_name(name)
        if not is_named:
            detail = f"A variant has a name of 1 to {MAX_NAME} characters."
            self.problems.add((*at, "name"), FieldCode.INVALID_NAME, detail)
        url = self._url(fields.get("url"), (*at, "url"))
        is_share = type(weight) is int and 1 <= weight <= MAX_SHARE
        if not is_share:
            detail = f"A weight is a number from 1 to {MAX_SHARE}, in per cent."
            self.problems.add((*at, "weight"), FieldCode.INVALID_WEIGHT, detail)
        if not isinstance(name, str) or not is_named or url is None:
            return None
        return (
            ReadVariant(name, url, weight) if type(weight) is int and is_share else None
        )

    def _fields(
        self, value: object, at: Place, known: Sequence[str]
    ) -> Mapping[str, object] | None:
        if not isinstance(value, Mapping):
            detail = f"This is an object with {', '.join(known)}."
            self.problems.add(at, FieldCode.WRONG_TYPE, detail)
            return None
        for name in value:
            if name not in known:
                advice = _advice(name, known)
                detail = f"There is no such field. {advice}"
                self.problems.add((*at, name), FieldCode.UNKNOWN_FIELD, detail)
        return value

    def _rule_name(self, value: object, at: Place) -> str | None:
        if value is None:
            return None
        if isinstance(value, str) and _is_name(value):
            return value
        detail = f"A name has 1 to {MAX_NAME} characters, and no control characters."
        self.problems.add(at, FieldCode.INVALID_NAME, detail)
        return None

    def _rule_url(self, fields: Mapping[str, object], at: Place) -> str | None:
        if "url" in fields and fields["url"] is None:
            return None
        return self._url(fields.get("url"), at)

    def _url(self, value: object, at: Place) -> str | None:
        if not isinstance(value, str):
            detail = "A URL is missing. In a rule, null refuses its visitors."
            self.problems.refuse(at, TargetMissing(detail))
            return None
        try:
            return self._target(value)
        except InvalidTarget as error:
            self.problems.refuse(at, error)
            return None

    def _when(self, value: object, at: Place, *, level: int) -> Read | None:
        """Return the conditions of an object, of which all must hold."""
        if not isinstance(value, Mapping) or not value:
            detail = 'Conditions are an object such as {"country": ["CH"]}.'
            self.problems.add(at, FieldCode.WRONG_TYPE, detail)
            return None
        if level > MAX_LEVELS:
            detail = f"Conditions have at most {MAX_LEVELS} levels."
            self.problems.add(at, FieldCode.TOO_DEEP, detail)
            return None
        read = {
            key: self._key(key, one, (*at, key), level) for key, one in value.items()
        }
        right = {key: one for key, one in read.items() if one is not None}
        if len(right) < len(read):
            return None
        normal = {key: one.normal for key, one in right.items()}
        asked = sorted(right, key=_SLOW.__contains__)
        conditions = [right[key].condition for key in asked]
        joined = conditions[0] if len(conditions) == 1 else All(conditions)
        return Read(normal, joined)

    def _key(self, key: str, value: object, at: Place, level: int) -> Read | None:
        if key == "not":
            inner = self._when(value, at, level=level + 1)
            return inner and Read(inner.normal, Not(inner.condition))
        if key in {"all", "any"}:
            return self._joined(key, value, at, level)
        self._conditions += 1
        reader = READERS.get(key)
        if reader is None:
            known = [*READERS, "all", "any", "not"]
            detail = f"There is no such condition. {_advice(key, known)}"
            self.problems.add(at, FieldCode.UNKNOWN_CONDITION, detail)
            return None
        return reader(value, at, self.problems, self._now)

    def _joined(self, key: str, value: object, at: Place, level: int) -> Read | None:
        if not isinstance(value, list) or not value:
            detail = "This is a list of objects of conditions."
            self.problems.add(at, FieldCode.WRONG_TYPE, detail)
            return None
        if len(value) > MAX_CONDITIONS:
            detail = f"A rule has at most {MAX_CONDITIONS} conditions."
            self.problems.add(at, FieldCode.TOO_MANY, detail)
            return None
        read = [
            self._when(one, (*at, place), level=level + 1)
            for place, one in enumerate(value)
        ]
        right = [one for one in read if one is not None]
        if len(right) < len(read):
            return None
        conditions = [one.condition for one in right]
        joined = All(conditions) if key == "all" else AnyOf(conditions)
        return Read([one.normal for one in right], joined)


def _is_name(text: str) -> bool:
    return 1 <= len(text) <= MAX_NAME and text.isprintable() and text == text.strip()


def _advice(name: str, known: Sequence[str]) -> str:
    meant = nearest(name, known)
    return f"Did you mean {meant}?" if meant else f"There are {', '.join(known)}."


def rule_object(rule: ReadRule) -> Object:
    """Return *rule* as it is stored and answered."""
    return {
        "name": rule.name,
        "when": rule.when,
        "url": rule.url,
        "variants": [variant_object(one) for one in rule.variants],
    }


def variant_object(variant: ReadVariant) -> Object:
    """Return *variant* as it is stored and answered."""
    return variant._asdict()
