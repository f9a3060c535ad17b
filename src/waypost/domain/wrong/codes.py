"""The catalogue of what can be wrong with a single value: names for programs.

A value that is refused by itself, such as a URL, has the code of that refusal instead.
"""

from collections.abc import Mapping
from enum import StrEnum
from types import MappingProxyType
from typing import Final


class FieldCode(StrEnum):
    """What is wrong with a value. A code never changes its meaning."""

    MISSING_VALUE = "missing-value"
    UNKNOWN_FIELD = "unknown-field"
    READ_ONLY_FIELD = "read-only-field"
    UNKNOWN_PARAMETER = "unknown-parameter"
    WRONG_TYPE = "wrong-type"
    TOO_SHORT = "too-short"
    TOO_LONG = "too-long"
    TOO_LARGE = "too-large"
    TOO_MANY = "too-many"
    TOO_DEEP = "too-deep"
    OUT_OF_RANGE = "out-of-range"
    UNKNOWN_VALUE = "unknown-value"
    INVALID_VALUE = "invalid-value"
    INVALID_NAME = "invalid-name"
    DUPLICATE_NAME = "duplicate-name"
    INVALID_WEIGHT = "invalid-weight"
    WEIGHTS_TOO_HIGH = "weights-too-high"
    UNKNOWN_CONDITION = "unknown-condition"
    UNKNOWN_DEVICE = "unknown-device"
    UNKNOWN_OS = "unknown-os"
    UNKNOWN_BROWSER = "unknown-browser"
    UNKNOWN_COUNTRY = "unknown-country"
    INVALID_LANGUAGE = "invalid-language"
    INVALID_ADDRESS = "invalid-address"
    INVALID_MOMENT = "invalid-moment"
    INVALID_TIME = "invalid-time"
    UNKNOWN_DAY = "unknown-day"
    UNKNOWN_ZONE = "unknown-zone"


MEANINGS: Final[Mapping[FieldCode, str]] = MappingProxyType(
    {
        FieldCode.MISSING_VALUE: "The field or parameter is required.",
        FieldCode.UNKNOWN_FIELD: "There is no such field here.",
        FieldCode.READ_ONLY_FIELD: "The field is in answers, and cannot be set.",
        FieldCode.UNKNOWN_PARAMETER: "There is no such parameter here.",
        FieldCode.WRONG_TYPE: "The value is of another type.",
        FieldCode.TOO_SHORT: "The text or list is shorter than it may be.",
        FieldCode.TOO_LONG: "The text or list is longer than it may be.",
        FieldCode.TOO_LARGE: "The rules and variants are too large together.",
        FieldCode.TOO_MANY: "There are more of these than there may be.",
        FieldCode.TOO_DEEP: "Conditions are nested too deep.",
        FieldCode.OUT_OF_RANGE: "The number is too small or too large.",
        FieldCode.UNKNOWN_VALUE: "It is none of the values that there are.",
        FieldCode.INVALID_VALUE: "The value is not of the form that it needs.",
        FieldCode.INVALID_NAME: "The name of a rule or variant cannot be.",
        FieldCode.DUPLICATE_NAME: "Two variants have the same name.",
        FieldCode.INVALID_WEIGHT: "The weight of a variant is no share in per cent.",
        FieldCode.WEIGHTS_TOO_HIGH: "The weights are more than 100 together.",
        FieldCode.UNKNOWN_CONDITION: "There is no such condition.",
        FieldCode.UNKNOWN_DEVICE: "There is no such kind of device.",
        FieldCode.UNKNOWN_OS: "There is no such operating system.",
        FieldCode.UNKNOWN_BROWSER: "There is no such browser.",
        FieldCode.UNKNOWN_COUNTRY: "The value is no country of ISO 3166-1.",
        FieldCode.INVALID_LANGUAGE: "The value is no tag of a language.",
        FieldCode.INVALID_ADDRESS: "The value is no address, network or range.",
        FieldCode.INVALID_MOMENT: "The value is no moment.",
        FieldCode.INVALID_TIME: "The value is no time of a day, such as 22:00.",
        FieldCode.UNKNOWN_DAY: "The value is no day of the week.",
        FieldCode.UNKNOWN_ZONE: "There is no such time zone.",
    }
)
"""For people who read the reference."""
