"""Blocklists: hosts and patterns of URLs to which no link may lead.

A line is a host (`bad.example`, which covers the hosts below it), or a pattern: a host
and a path (`example.com/login/*`), a host with asterisks (`*-secure-login.example`), or
both. Text behind `#` is a comment, and so is a line that begins with `!`. Lines of
other tools are read as well: `0.0.0.0 bad.example` and `||bad.example^`.
"""

import re
from array import array
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from hashlib import blake2b
from typing import Final

from waypost.domain.abuse.hosts import HostSet, ancestry, host_key
from waypost.domain.abuse.patterns import ANY, UrlPattern, pattern_of
from waypost.domain.urls.paths import as_visited
from waypost.domain.urls.targets import canonical, host_of

MAX_PATTERN: Final = 500
"""Of a pattern, in characters."""
MAX_OPEN_PATTERNS: Final = 1_000
"""Patterns whose host has an asterisk: each is compared with every URL."""

_COMMENT: Final = re.compile(r"(^|\s)#.*|^!.*")
_OF_HOSTS_FILE: Final = re.compile(r"(?:0\.0\.0\.0|127\.0\.0\.1|::1?)\s+(\S+)")
_OF_FILTER: Final = re.compile(r"\|\|(\S+)\^")
_SCHEME: Final = re.compile(r"https?://", re.IGNORECASE)
_PLAIN_HOST: Final = re.compile(r"(?:[a-z0-9_-]{1,63}\.)*[a-z0-9_-]{1,63}\.?")
_ADDRESS: Final = re.compile(r"\[[0-9a-f:.]+\]")
_HOST_GLOB: Final = re.compile(r"[a-z0-9_.*-]+")
_NAMES_OF_HOSTS_FILES: Final = frozenset({"localhost", "localhost.localdomain"})


class WrongLine(ValueError):  # noqa: N818 - named for what was found
    """A line of a file that is neither a host nor a pattern; the text says why."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Blocklist:
    """All that is blocked."""

    hosts: HostSet
    by_host: Mapping[str, Sequence[UrlPattern]]
    """Patterns by their host, which has no asterisk."""
    open_patterns: Sequence[UrlPattern]
    """Patterns whose host has one."""

    def __bool__(self) -> bool:
        """Return whether anything is blocked."""
        return bool(self.hosts or self.by_host or self.open_patterns)

    def __len__(self) -> int:
        """Return the number of entries."""
        patterns = sum(map(len, self.by_host.values())) + len(self.open_patterns)
        return len(self.hosts) + patterns

    def entry_of(self, target: str) -> str | None:
        """Return the entry that blocks the normalised *target*; None: it is free."""
        # Most servers block nothing: then there is nothing to look for.
        target = canonical(target) if self else ""
        host = host_of(target).rstrip(".")
        if not host:
            return None
        if (found := self.hosts.covering(host)) is not None:
            return found
        if not self.by_host and not self.open_patterns:
            return None
        path = _path_of(target)
        # A pattern may be written in either form.
        return self._pattern_of(host, path) or self._pattern_of(host, as_visited(path))

    def _pattern_of(self, host: str, path: str) -> str | None:
        """Return the pattern that a URL of *host* with *path* is one of."""
        for above in ancestry(host):
            for pattern in self.by_host.get(above, ()):
                if pattern.matches(above, path):
                    return pattern.text
        for pattern in self.open_patterns:
            if pattern.matches(host, path):
                return pattern.text
        return None

    def fingerprint(self) -> str:
        """Return a text that is equal for lists that block the same."""
        texts = [one.text for of in self.by_host.values() for one in of]
        texts += [one.text for one in self.open_patterns]
        digest = blake2b(self.hosts.digest(), digest_size=16)
        digest.update("\n".join(sorted(texts)).encode())
        return digest.hexdigest()


NOTHING_BLOCKED: Final = Blocklist(hosts=HostSet(()), by_host={}, open_patterns=())
"""A list without entries."""


class BlocklistReader:
    """Reads lines one by one, so that reading can pause between them."""

    def __init__(self, *, to_ascii: Callable[[str], str]) -> None:
        """Read names by *to_ascii*, see `ports.runtime.HostNames`."""
        self._to_ascii = to_ascii
        self._keys = array("Q")
        self._by_host: dict[str, list[UrlPattern]] = {}
        self._open: list[UrlPattern] = []

    def read(self, line: str) -> None:
        """Add what a line says.

        Raises:
            WrongLine: It is neither a host nor a pattern.
        """
        text = _COMMENT.sub("", line).strip()
        if not text:
            return
        if found := _OF_HOSTS_FILE.fullmatch(text) or _OF_FILTER.fullmatch(text):
            text = found[1]
            if text in _NAMES_OF_HOSTS_FILES:
                return
        text = _SCHEME.sub("", text, count=1)
        host, slash, path = text.partition("/")
        if not slash and ANY not in host:
            self._keys.append(host_key(self._host(host)))
            return
        self._add_pattern(text, host, slash + path if slash else None)

    def blocklist(self) -> Blocklist:
        """Return what the lines say together."""
        return Blocklist(
            hosts=HostSet(self._keys),
            by_host=dict(self._by_host),
            open_patterns=tuple(self._open),
        )

    def _add_pattern(self, text: str, host: str, path: str | None) -> None:
        if len(text) > MAX_PATTERN:
            raise WrongLine(f"a pattern has at most {MAX_PATTERN} characters")
        if not text.isascii() or not text.isprintable() or " " in text:
            raise WrongLine("a pattern is one word of ASCII, with escapes such as %20")
        if ANY not in host:
            host = self._host(host)
            pattern = pattern_of(text, host=host, path=path)
            self._by_host.setdefault(host, []).append(pattern)
            return
        host = host.lower()
        if not _HOST_GLOB.fullmatch(host) or not host.strip("*."):
            raise WrongLine("this is no host with asterisks, such as *-login.example")
        if len(self._open) == MAX_OPEN_PATTERNS:
            raise WrongLine(
                f"there are more than {MAX_OPEN_PATTERNS} patterns with an asterisk "
                "in the host"
            )
        self._open.append(pattern_of(text, host=host, path=path))

    def _host(self, text: str) -> str:
        host = text.lower()
        if not (_PLAIN_HOST.fullmatch(host) or _ADDRESS.fullmatch(host)):
            try:
                host = self._to_ascii(text)
            except ValueError:
                raise WrongLine("this is neither a host nor a pattern") from None
        return host.removesuffix(".")


def read_lines(lines: Iterable[str], *, to_ascii: Callable[[str], str]) -> Blocklist:
    """Return what *lines* say.

    Raises:
        WrongLine: One is neither a host nor a pattern.
    """
    reader = BlocklistReader(to_ascii=to_ascii)
    for line in lines:
        reader.read(line)
    return reader.blocklist()


def _path_of(target: str) -> str:
    """Return path and query of a canonical *target*."""
    rest = target.partition("://")[2].partition("#")[0]
    place = next((i for i, one in enumerate(rest) if one in "/?"), len(rest))
    path = rest[place:]
    return path if path.startswith("/") else f"/{path}"
