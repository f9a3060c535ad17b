"""Target URLs: which ones may be shortened, and the form in which they are kept.

That is the typed URL, unless a browser would send another one. What the server
behind the target sees stays the same: nothing is decoded, put in another order or
resolved. The result is printable ASCII, fit for a `Location` header, and bringing it
to this form again changes nothing.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass
from string import punctuation
from typing import Final
from urllib.parse import quote

from waypost.domain.errors import (
    TargetHasControlCharacters,
    TargetHasCredentials,
    TargetHostInvalid,
    TargetIsOwnLink,
    TargetMalformed,
    TargetMissing,
    TargetSchemeNotAllowed,
    TargetTooLong,
)
from waypost.domain.urls.hosts import DEFAULT_PORTS, normalise_authority
from waypost.domain.urls.own_server import OwnServer

# C0, DEL and C1 controls, line and paragraph separators, the byte order mark, and the
# controls of writing direction, which make a URL look like another one.
_CONTROLS: Final = re.compile(
    "[\x00-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ufeff]"
)
_SURROGATES: Final = re.compile("[\ud800-\udfff]")
_URL: Final = re.compile(r"([A-Za-z][A-Za-z0-9+.-]*):(.*)")
_WEB_REST: Final = re.compile(r"//([^/?#]*)(.*)")
# A name or an address in the spelling of the web, with nothing to be encoded.
_PLAIN: Final = re.compile(
    r"([A-Za-z]+)://([A-Za-z0-9._-]+|\[[0-9A-Fa-f:.]+])(?::([1-9][0-9]*))?([/?#].*|)"
)

_NEVER_BARE: Final = '"<>\\^`{|}'
# Letters and digits are safe by themselves. `%` is among the safe ones, so that escapes
# and a stray per cent sign stay as they are.
_SAFE: Final = "".join(sorted(set(punctuation) - set(_NEVER_BARE)))
SAFE_IN_TARGETS: Final = _SAFE
"""What stays as it is behind the host of a target, besides letters and digits."""
_SAFE_IN_USERINFO: Final = "".join(sorted(set(_SAFE) - set("@[]")))

_NOT_ABSOLUTE: Final = (
    "This is not an absolute URL. Did you forget https:// at the beginning?"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class TargetPolicy:
    """The targets that this server accepts."""

    schemes: frozenset[str]
    """In lower case."""
    max_length: int
    """In characters, before and after normalising."""
    allow_credentials: bool
    """Whether `user:password@` may stand before the host."""
    own: OwnServer
    """Hosts where no target may lead."""


def normalise_target(
    url: str, *, policy: TargetPolicy, to_ascii: Callable[[str], str]
) -> str:
    """Return the form of *url* that is stored and sent to visitors.

    *to_ascii* knows internationalised host names, see `ports.runtime.HostNames`.

    Raises:
        InvalidTarget: One of its subclasses, which says what is wrong.
    """
    text = url.strip(" ")
    _check_text(text, policy)
    scheme, rest = _split_scheme(text, policy)
    if scheme in DEFAULT_PORTS:
        rest = _normalise_web_rest(rest, scheme, policy, to_ascii)
    elif not rest:
        raise TargetMalformed
    target = f"{scheme}:{quote(rest, safe=_SAFE)}"
    if len(target) > policy.max_length:
        raise TargetTooLong
    return text if target == text or _is_spelling_of(target, text) else target


def leads_back(target: str, *, own: OwnServer) -> bool:
    """Return whether *target*, as `normalise_target` returns it, leads to *own*."""
    scheme, _, rest = target.partition(":")
    scheme = scheme.lower()
    parts = _WEB_REST.fullmatch(rest)
    if scheme not in DEFAULT_PORTS or not parts:
        return False
    return own.is_at(parts[1].rpartition("@")[2].lower(), scheme=scheme)


def canonical(target: str) -> str:
    """Return the one spelling of *target* that equivalent spellings have in common.

    Equivalent are the case of scheme and host, the scheme's own port, and the slash
    behind a host that ends the path.
    """
    parts = _PLAIN.fullmatch(target)
    if not parts:
        return target
    scheme, host, port, rest = parts.groups(default="")
    scheme = scheme.lower()
    port = "" if port == str(DEFAULT_PORTS.get(scheme)) else f":{port}" if port else ""
    slash = "" if rest.startswith("/") else "/"
    return f"{scheme}://{host.lower()}{port}{slash}{rest}"


def host_of(target: str) -> str:
    """Return the host of a canonical *target*, without its port; empty: it has none.

    Only targets of the web have one.
    """
    scheme, _, rest = target.partition(":")
    parts = _WEB_REST.fullmatch(rest)
    if scheme not in DEFAULT_PORTS or not parts:
        return ""
    authority = parts[1].rpartition("@")[2].lower()
    host, closing, _ = authority.partition("]")
    return host + closing if closing else authority.partition(":")[0]


def _is_spelling_of(target: str, text: str) -> bool:
    """Return whether *text* is *target* except for equivalent spellings."""
    return _PLAIN.fullmatch(text) is not None and canonical(text) == target


def _check_text(text: str, policy: TargetPolicy) -> None:
    if not text:
        raise TargetMissing
    # Before all other checks, so that no input costs much time.
    if len(text) > policy.max_length:
        raise TargetTooLong
    if text.isascii() and text.isprintable():
        return
    if _CONTROLS.search(text):
        raise TargetHasControlCharacters
    if _SURROGATES.search(text):
        raise TargetMalformed


def _split_scheme(text: str, policy: TargetPolicy) -> tuple[str, str]:
    parts = _URL.fullmatch(text)
    if not parts:
        raise TargetMalformed(_NOT_ABSOLUTE)
    scheme, rest = parts[1].lower(), parts[2]
    if scheme not in policy.schemes:
        # `example.com:8080/page` reads as a URL of the scheme `example.com`.
        if "." in scheme and not rest.startswith("//"):
            raise TargetMalformed(_NOT_ABSOLUTE)
        raise TargetSchemeNotAllowed
    return scheme, rest


def _normalise_web_rest(
    rest: str, scheme: str, policy: TargetPolicy, to_ascii: Callable[[str], str]
) -> str:
    parts = _WEB_REST.fullmatch(rest)
    if not parts:
        raise TargetMalformed
    # Browsers read a backslash as a slash, so that `https://a.example\@b.example`
    # leads to another host than it says.
    if "\\" in parts[1]:
        raise TargetHostInvalid
    userinfo, at, authority = parts[1].rpartition("@")
    if at and not policy.allow_credentials:
        raise TargetHasCredentials
    authority = normalise_authority(authority, scheme=scheme, to_ascii=to_ascii)
    if policy.own.is_at(authority, scheme=scheme):
        raise TargetIsOwnLink
    prefix = quote(userinfo, safe=_SAFE_IN_USERINFO) + "@" if userinfo else ""
    slash = "" if parts[2].startswith("/") else "/"
    return f"//{prefix}{authority}{slash}{parts[2]}"
