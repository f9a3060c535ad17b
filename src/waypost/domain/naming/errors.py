"""Refusals of names of links, and of those who may not see them."""

from waypost.domain.errors import DomainError


class ExternalIdTaken(DomainError):
    """Another link has this external id: change that one by `PUT`, at its name."""

    code = "external-id-taken"


class OwnLinksOnly(DomainError):
    """This key sees only the links that it made: name them, in a report by `link`."""

    code = "own-links-only"
