"""Documents by which apps prove that links of a domain are theirs."""

from enum import StrEnum
from typing import Final

MAX_BYTES: Final = 8_192
"""Of one document: every process holds those of all domains in memory."""


class WellKnown(StrEnum):
    """What a domain may have below `/.well-known/`; the values are parts of paths."""

    ANDROID = "assetlinks.json"
    """A list."""
    APPLE = "apple-app-site-association"
    """An object."""


PREFIX: Final = "/.well-known/"
"""With which their paths begin."""
