"""What the environment provides: time, zones and the rules of host names."""

from datetime import datetime
from typing import Protocol
from zoneinfo import ZoneInfo


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


class Zones(Protocol):
    """The time zones of IANA's database, in one version for all processes."""

    def zone(self, name: str) -> ZoneInfo:
        """Return the zone that is called *name*, such as `Europe/Zurich`.

        Raises:
            UnknownZone: There is none; the text names the nearest one.
        """
        ...
