"""Refusals of what links are to be called."""

from waypost.domain.errors import DomainError


class ExternalIdTaken(DomainError):
    """Another link has this external id: change that one by `PUT`, at its name."""

    code = "external-id-taken"
