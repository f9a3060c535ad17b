"""For which links titles are fetched."""

from enum import StrEnum


class FetchTitles(StrEnum):
    """For which links titles are fetched."""

    OFF = "off"
    """For none."""
    ON_REQUEST = "on_request"
    """For those that ask for it."""
    ON = "on"
    """For all that do not ask for the opposite."""
