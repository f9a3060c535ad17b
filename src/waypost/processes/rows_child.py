"""The child of the edge that stores the clicks of its journal for reports.

`processes/running/readers/storing.py` starts it; it is not for people.
"""

from waypost.config import Settings
from waypost.processes.running.readers import child
from waypost.services.analytics.store_journal import Stored
from waypost.wiring.programs.rows_child import open_journal_rows


def main() -> None:
    """Store clicks with the settings in the first line of standard input."""
    run(child.settings_of_parent())


def run(settings: Settings) -> None:
    """Store clicks until a signal comes, or until standard input ends.

    Ends with 1 if there is no journal, or its backends cannot be opened.
    """
    first = Stored(position=None, lag_seconds=0.0)
    child.run(settings, open_journal_rows, first=first)


if __name__ == "__main__":
    main()
