"""Blocklists, and how far existing links were compared with them."""

from typing import NamedTuple, Protocol

from waypost.domain.abuse.blocklists import NOTHING_BLOCKED, Blocklist


class Blocklists(Protocol):
    """The lists of this process; newer ones follow changes of their files."""

    @property
    def current(self) -> Blocklist:
        """The newest content that could be read."""
        ...

    @property
    def problem(self) -> str:
        """Why a newer content cannot be read, in a sentence; empty: there is none."""
        ...


class NoBlocklists:
    """Lists of a process that has none."""

    current = NOTHING_BLOCKED
    problem = ""


class Comparison(NamedTuple):
    """How far the links were compared with a list, from the newest to the oldest."""

    fingerprint: str
    """Of the list; empty: none was ever compared."""
    before_id: int | None
    """Links below this id wait. None: all of them."""

    @property
    def is_done(self) -> bool:
        """Whether no link waits."""
        return self.before_id == 0


class Comparisons(Protocol):
    """Where the progress of the last comparison is kept.

    Every method may raise `BackendUnavailable`.
    """

    async def last(self) -> Comparison:
        """Return it."""
        ...

    async def keep(self, comparison: Comparison) -> None:
        """Replace it."""
        ...
