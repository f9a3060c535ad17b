"""The forwarder: a child of the edge that ships its journal to the bus.

`processes/running/readers/forwarding.py` starts it; it is not for people.
"""

from waypost.config import Settings
from waypost.processes.running.readers import child
from waypost.services.clicks.forward import Forwarded
from waypost.wiring.programs.forwarder import open_forwarder


def main() -> None:
    """Forward with the settings in the first line of standard input."""
    run(child.settings_of_parent())


def run(settings: Settings) -> None:
    """Forward until a signal comes, or until standard input ends.

    Ends with 1 if there is no journal, or its backends cannot be opened.
    """
    first = Forwarded(position=None, lag_seconds=0.0)
    child.run(settings, open_forwarder, first=first)


if __name__ == "__main__":
    main()
