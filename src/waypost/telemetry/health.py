"""Whether a process wants traffic: not yet, now, or no more."""


class Readiness:
    """Not ready until it is told so; whoever runs the process tells."""

    def __init__(self) -> None:
        self._is_ready = False

    @property
    def is_ready(self) -> bool:
        """Whether traffic is welcome."""
        return self._is_ready

    def begin(self) -> None:
        """Welcome traffic: everything is open."""
        self._is_ready = True

    def end(self) -> None:
        """Ask for no more traffic: the process is about to stop."""
        self._is_ready = False
