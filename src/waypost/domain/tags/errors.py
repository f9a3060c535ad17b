"""Refusals about tags."""

from waypost.domain.errors import DomainError


class TagNotFound(DomainError):
    """No link has this tag, and nothing is said of it."""

    code = "tag-not-found"


class TagExists(DomainError):
    """Another tag has this name: join it by merge=true, or choose another one."""

    code = "tag-exists"
