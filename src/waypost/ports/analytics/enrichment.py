"""What enrichment asks other programs' data: about addresses, and about user agents."""

from typing import Final, NamedTuple, Protocol


class Place(NamedTuple):
    """Where an address is. None: unknown."""

    country: str | None
    """Two letters of ISO 3166-1."""
    region: str | None
    """ISO 3166-2."""
    city: str | None


NOWHERE: Final = Place(None, None, None)
"""Nothing is known of an address."""


class Places(Protocol):
    """Where addresses are."""

    def place(self, address: str) -> Place:
        """Return the place of *address*, which may be any text."""
        ...


class Client(NamedTuple):
    """What a visitor has. The values are those of `Dimension`; None: unknown."""

    device: str | None
    os: str | None
    browser: str | None


UNKNOWN_CLIENT: Final = Client(None, None, None)
"""There is no user agent."""


class Clients(Protocol):
    """What user agents say of their devices."""

    def client(self, agent: str | None, hints: str) -> Client:
        """Return the client of *agent*, by its client hints where they know more.

        *hints* are `Sec-CH-UA`, `-Mobile` and `-Platform`, joined by semicolons, or
        empty.
        """
        ...


class Machines(Protocol):
    """Which user agents are machines."""

    def machine_of_agent(self, agent: str | None) -> str | None:
        """Return why *agent* is a machine's: `agent` or `preview`; None: a person's.

        The same text has the same answer as long as the same lists are installed.
        """
        ...


class Networks(Protocol):
    """Networks of machines."""

    def has(self, address: str) -> bool:
        """Return whether *address*, which may be any text, lies in one of them."""
        ...
