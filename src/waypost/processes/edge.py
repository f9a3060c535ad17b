"""`waypost run edge`: redirects only, without the API and what it needs."""

from waypost.config import Settings
from waypost.processes.running import data_plane
from waypost.wiring.programs.edge import open_edge


def run(settings: Settings) -> None:
    """Serve redirects until a signal comes.

    Raises:
        As `data_plane.run`.
    """
    data_plane.run(settings, open_edge)
