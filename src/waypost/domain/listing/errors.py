"""Refusals of lists."""

from waypost.domain.errors import DomainError


class SortNeedsFilter(DomainError):
    """So many links cannot be sorted so."""

    code = "sort-needs-filter"
