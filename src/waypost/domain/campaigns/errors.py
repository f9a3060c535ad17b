"""Refusals about templates of campaigns."""

from waypost.domain.errors import DomainError


class UtmTemplateNotFound(DomainError):
    """There is no UTM template of this name."""

    code = "utm-template-not-found"
