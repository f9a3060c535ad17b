"""Rules and variants in bodies: what they look like. `domain.targeting` reads them."""

from typing import Annotated, Final, TypeAlias

from pydantic import JsonValue, WithJsonSchema

from waypost.domain.targeting.bounds import (
    MAX_NAME,
    MAX_RULES,
    MAX_SHARE,
    MAX_VALUES,
    MAX_VARIANTS,
)

_Schema: TypeAlias = dict[str, JsonValue]

_NAME: Final[_Schema] = {"type": "string", "minLength": 1, "maxLength": MAX_NAME}


def _texts(what: str, *examples: JsonValue) -> _Schema:
    return {
        "type": "array",
        "items": {"type": "string"},
        "minItems": 1,
        "maxItems": MAX_VALUES,
        "description": what,
        "examples": [list(examples)],
    }


def _conditions(what: str) -> _Schema:
    return {"type": "array", "items": {"type": "object"}, "description": what}


_WHEN: Final[_Schema] = {
    "type": "object",
    "description": "All of these must hold; within one, one of the values is enough. "
    "At most 20, on 3 levels.",
    "additionalProperties": False,
    "properties": {
        "device": _texts(
            "`phone`, `tablet`, `mobile` (either), `desktop`, `tv` or `other`.",
            "mobile",
        ),
        "os": _texts(
            "`ios`, `android`, `windows`, `macos`, `linux`, `chromeos` or `other`.",
            "ios",
        ),
        "browser": _texts(
            "`chrome`, `safari`, `firefox`, `edge`, `opera`, `samsung`, "
            "`android_browser` or `other`.",
            "firefox",
        ),
        "language": _texts(
            "Accepted with a weight of 0.9 at least; `de` covers `de-CH`.", "de"
        ),
        "country": _texts("Two letters of ISO 3166-1.", "CH"),
        "ip": _texts(
            "Addresses, networks, ranges, or wildcards as `11.22.*.*`.", "10.0.0.0/8"
        ),
        "query": {
            "type": "object",
            "description": "Parameters of the visitor's query: equal to a text, one of "
            "a list, present (`true`), or present without a value (an empty text).",
            "examples": [{"ref": "mail", "beta": True}],
        },
        "after": {"type": "string", "description": "From this moment on."},
        "before": {"type": "string", "description": "Before this moment."},
        "hours": {
            "description": "Hours of the week, or a list: `from` and `to`, over "
            "midnight too, in the time zone `zone`. `days` are those on which they "
            "begin, by default all.",
            "anyOf": [{"type": "object"}, {"type": "array"}],
            "examples": [
                {
                    "days": ["mon", "tue"],
                    "from": "22:00",
                    "to": "06:00",
                    "zone": "Europe/Zurich",
                }
            ],
        },
        "all": _conditions("All of these objects of conditions hold."),
        "any": _conditions("One of these objects of conditions holds."),
        "not": {"type": "object", "description": "Not all of these conditions hold."},
    },
}
_VARIANTS: Final[_Schema] = {
    "type": "array",
    "maxItems": MAX_VARIANTS,
    "items": {
        "type": "object",
        "required": ["name", "url", "weight"],
        "additionalProperties": False,
        "properties": {
            "name": _NAME,
            "url": {"type": "string"},
            "weight": {
                "type": "integer",
                "minimum": 1,
                "maximum": MAX_SHARE,
                "description": f"In per cent; together at most {MAX_SHARE}.",
            },
        },
    },
}
_RULES: Final[_Schema] = {
    "type": "array",
    "maxItems": MAX_RULES,
    "items": {
        "type": "object",
        "required": ["when", "url"],
        "additionalProperties": False,
        "properties": {
            "name": {"anyOf": [_NAME, {"type": "null"}]},
            "when": _WHEN,
            "url": {
                "anyOf": [{"type": "string"}, {"type": "null"}],
                "description": "Where these visitors go; null refuses them (403).",
            },
            "variants": _VARIANTS,
        },
    },
}


def _or_null(schema: _Schema) -> _Schema:
    return {"anyOf": [schema, {"type": "null"}]}


_Objects: TypeAlias = list[dict[str, JsonValue]]
Rules: TypeAlias = Annotated[_Objects, WithJsonSchema(_RULES)]
Variants: TypeAlias = Annotated[_Objects, WithJsonSchema(_VARIANTS)]
RulesOrNull: TypeAlias = Annotated[_Objects | None, WithJsonSchema(_or_null(_RULES))]
VariantsOrNull: TypeAlias = Annotated[
    _Objects | None, WithJsonSchema(_or_null(_VARIANTS))
]
