"""Refusals of targets that are to be fetched."""

from waypost.domain.errors import InvalidTarget


class TargetPrivate(InvalidTarget):
    """This server fetches no page from a private address: leave fetch_title out."""

    code = "target-private"
