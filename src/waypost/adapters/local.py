"""What the standard library and `idna` provide: the time, the rules of host names."""

import re
from datetime import UTC, datetime
from functools import lru_cache
from typing import Final

import idna

_MAX_HOST_LENGTH: Final = 253
# What DNS can hold and browsers visit. Underscores, and hyphens at the edges, are not
# valid in host names by the standard, but they are in use.
_ASCII_LABEL: Final = re.compile(r"[0-9a-z_-]{1,63}")
_ACE_PREFIX: Final = "xn--"
_REMEMBERED: Final = 1_024
"""Hosts."""
_LONGEST_REMEMBERED: Final = 100
"""In characters, so that memory is bounded."""


class SystemClock:
    """The clock of this machine."""

    def now(self) -> datetime:
        """Return the current time in UTC."""
        return datetime.now(UTC)


class IdnaHostNames:
    """UTS 46 without transitional processing, as strict as browsers and no stricter.

    `idna.encode` itself applies the rules for registering a name, by which hosts
    that browsers visit (emoji, `r3---sn.example`) would be refused.
    """

    def __init__(self) -> None:
        # Links often lead to few hosts. A host that is refused is not remembered.
        self._ascii = lru_cache(maxsize=_REMEMBERED)(_host_to_ascii)

    def to_ascii(self, host: str) -> str:
        """Return *host* as browsers send it: lower case, punycode.

        A dot at the end, the root of DNS, is kept.

        Raises:
            ValueError: No such host name can exist.
        """
        if len(host) > _LONGEST_REMEMBERED:
            return _host_to_ascii(host)
        return self._ascii(host)


def _host_to_ascii(host: str) -> str:
    mapped = idna.uts46_remap(host, std3_rules=False)
    name, dot = mapped.removesuffix("."), "." * mapped.endswith(".")
    ascii_name = ".".join(_label_to_ascii(label) for label in name.split("."))
    if len(ascii_name) > _MAX_HOST_LENGTH:
        raise ValueError("a host name has at most 253 characters")
    return ascii_name + dot


def _label_to_ascii(label: str) -> str:
    ascii_label = label
    if not label.isascii():
        ascii_label = _encoded(label)
    elif label.startswith(_ACE_PREFIX):
        _check_encoded(label)
    if not _ASCII_LABEL.fullmatch(ascii_label):
        raise ValueError("a part of the host name is empty, too long or not a name")
    return ascii_label


def _encoded(label: str) -> str:
    idna.check_initial_combiner(label)
    idna.check_bidi(label)
    for position, character in enumerate(label):
        if character in "\u200c\u200d" and not idna.valid_contextj(label, position):
            raise ValueError("an invisible joiner stands where it joins nothing")
    return _ACE_PREFIX + label.encode("punycode").decode("ascii")


def _check_encoded(label: str) -> None:
    """Refuse a label that no Unicode label is encoded as: browsers do as well."""
    decoded = label.removeprefix(_ACE_PREFIX).encode("ascii").decode("punycode")
    if (
        decoded.isascii()
        or idna.uts46_remap(decoded, std3_rules=False) != decoded
        or _encoded(decoded) != label
    ):
        raise ValueError("a part of the host name is not valid punycode")
