"""Queries of URLs, as far as a redirect changes that of its target."""

import re
from collections.abc import Mapping
from typing import Final
from urllib.parse import quote, unquote_plus

MAX_LOCATION: Final = 8_192
"""Characters of a target with a query added; a longer result stays without it."""

_OWN_NAMES: Final = frozenset({"qr"})
"""Parameters about how a visitor came, meant for this server alone."""
# What a query may hold as it is (RFC 3986, 3.4), with `%` for what is encoded already.
_SAFE: Final = "!$&'()*+,;=:@/?-._~%"
_PLAIN: Final = re.compile(r"[0-9A-Za-z!$&'()*+,;=:@/?._~%-]*")


def add_query(target: str, query: str) -> str:
    """Return *target* with the parameters of *query* before its fragment.

    A parameter whose name the target has already is left out, so that no visitor can
    change the parameters of the link's owner; also where only some servers take it for
    that name, see `_read_as`. The result is fit for a `Location`
    header, for any *query*.
    """
    page, mark, fragment = target.partition("#")
    path, _, own = page.partition("?")
    taken = _OWN_NAMES.union(*map(_read_as, own.split("&")))
    added = [one for one in query.split("&") if one and taken.isdisjoint(_read_as(one))]
    if not added:
        return target
    together = "&".join(
        [own.rstrip("&"), *map(_safe, added)] if own else map(_safe, added)
    )
    longer = f"{path}?{together}{mark}{fragment}"
    return longer if len(longer) <= MAX_LOCATION else target


def set_parameters(target: str, values: Mapping[str, str]) -> str:
    """Return *target* with *values* as parameters of its query, before its fragment.

    A parameter that the target has gets its value where it first stands, and is left
    out where it stands again. The others are added in the order of *values*.
    """
    page, mark, fragment = target.partition("#")
    path, _, own = page.partition("?")
    new = {name: f"{name}={quote(value, safe='')}" for name, value in values.items()}
    kept: list[str] = []
    for one in own.rstrip("&").split("&") if own else ():
        name = _name(one)
        if name not in values:
            kept.append(one)
        elif name in new:
            kept.append(new.pop(name))
    together = "&".join([*kept, *new.values()])
    return f"{path}{'?' if together else ''}{together}{mark}{fragment}"


def _name(parameter: str) -> str:
    return unquote_plus(parameter.partition("=")[0])


def _read_as(parameter: str) -> frozenset[str]:
    """Return the names that servers may find in *parameter*.

    Some divide it at semicolons. PHP ignores spaces before a name and what follows a
    zero byte, takes `a[]` for `a`, and dots and spaces for underscores.
    """
    return frozenset(map(_php_name, parameter.split(";")))


def _php_name(parameter: str) -> str:
    name = _name(parameter).lstrip(" ").partition("\0")[0]
    # What begins with a bracket is no list.
    name = name[:1] + name[1:].partition("[")[0]
    return name.replace(".", "_").replace(" ", "_")


def _safe(parameter: str) -> str:
    if _PLAIN.fullmatch(parameter):
        return parameter
    # A request's bytes, each of them one character.
    return quote(parameter.encode("latin-1", "replace"), safe=_SAFE)
