"""What keys permit."""

from collections.abc import Iterable, Mapping
from enum import StrEnum
from typing import Final


class KeyScope(StrEnum):
    """What a key permits; the values are stored and published."""

    LINKS_READ = "links:read"
    """Read links with all that is set on them."""
    LINKS_CREATE = "links:create"
    """Make links, and nothing else."""
    LINKS_WRITE = "links:write"
    """Make, read, change and delete links."""
    REPORTS_READ = "reports:read"
    """Read reports, and take clicks away."""
    ADMIN = "admin"
    """Everything, keys included."""


_INCLUDED: Final[Mapping[KeyScope, frozenset[KeyScope]]] = {
    KeyScope.LINKS_WRITE: frozenset({KeyScope.LINKS_READ, KeyScope.LINKS_CREATE}),
    KeyScope.ADMIN: frozenset(KeyScope),
}


def granted(scopes: Iterable[KeyScope]) -> frozenset[KeyScope]:
    """Return *scopes* with those that they include."""
    own = frozenset(scopes)
    return own.union(*(_INCLUDED.get(scope, frozenset()) for scope in own))


def ordered(scopes: Iterable[KeyScope]) -> tuple[KeyScope, ...]:
    """Return *scopes* in the order of their definition, each once."""
    own = frozenset(scopes)
    return tuple(scope for scope in KeyScope if scope in own)
