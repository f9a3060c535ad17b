"""Templates of the parameters of campaigns: what `utm` leaves out is taken from one."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Final, NamedTuple

from waypost.domain.options import MAX_UTM, UTM_NAMES, Utm

MAX_TEMPLATES: Final = 1_000
"""All of them are read together."""
LONGEST_CODE: Final = "x" * 12
"""Stands for a code that will be made, and is not shorter than any of these."""
_PLACEHOLDER: Final = re.compile(r"\{([^{}]*)\}")
# As in texts of links.
_UNSHOWN: Final = re.compile(
    "[\x00-\x1f\x7f-\x9f\u2028-\u202e\u2066-\u2069\ud800-\udfff]"
)


class Facts(NamedTuple):
    """What a template's placeholders stand for."""

    code: str
    domain: str
    """The host of the short URL."""
    title: str
    """Empty: the link has none."""
    date: str
    """As 2026-03-01, in UTC."""


PLACEHOLDERS: Final = tuple(f"{{{name}}}" for name in Facts._fields)


@dataclass(frozen=True, slots=True, kw_only=True)
class UtmTemplate:
    """Values of `Utm`, which may hold placeholders."""

    name: str
    utm: Utm
    updated_at: datetime

    def fill(self, utm: Utm | None, facts: Facts) -> Utm | None:
        """Return *utm* with what it leaves out."""
        values: dict[str, str | None] = {}
        for name in UTM_NAMES:
            own = None if utm is None else getattr(utm, name)
            text = getattr(self.utm, name)
            if own is None and text is not None:
                # One that has become empty would be a parameter without a value.
                own = _filled(text, facts._asdict())[:MAX_UTM] or None
            values[name] = own
        filled = Utm(**values)
        return None if filled == Utm() else filled


def check_value(text: str) -> str:
    """Return *text*, if it can be a value of a template.

    Raises:
        ValueError: It has a placeholder that is not known, or cannot be shown.
    """
    if _UNSHOWN.search(text):
        raise ValueError("This has no control characters.")
    for name in _PLACEHOLDER.findall(text):
        if name not in Facts._fields:
            known = ", ".join(PLACEHOLDERS)
            raise ValueError(f"There is no {{{name}}}. There are {known}.")
    return text


def _filled(text: str, facts: Mapping[str, str]) -> str:
    """Return *text* with each placeholder replaced once."""
    return _PLACEHOLDER.sub(lambda found: facts[found[1]], text)
