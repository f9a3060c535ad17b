"""What the environment provides: time and the rules of host names."""

from datetime import datetime
from typing import Protocol


class Clock(Protocol):
    """The time of day. It may jump, in either direction."""

    def now(self) -> datetime:
        """Return the current time in UTC."""
        ...


class HostNames(Protocol):
    """The rules of internationalised domain names."""

    def to_ascii(self, host: str) -> str:
        """Return *host* as browsers send it: lower case, punycode.

        Raises:
            ValueError: No such host name can exist.
        """
        ...
