"""The mutants that behave as the product does, each with the reason.

`equivalents.toml` names them by what they change and not by line numbers.
"""

import tomllib
from dataclasses import dataclass
from pathlib import Path

from scripts.mutants.mutants import Mutant

FILE = Path(__file__).with_name("equivalents.toml")


@dataclass(frozen=True, slots=True, kw_only=True)
class Equivalent:
    """A change of a file that no test can notice."""

    file: str
    """Path from the root of the project."""
    within: str
    before: str
    after: str
    reason: str

    def is_(self, mutant: Mutant) -> bool:
        """Return whether *mutant* is this change."""
        mine = (self.file, self.within, self.before, self.after)
        return mine == (mutant.file, mutant.within, mutant.before, mutant.after)


def equivalents() -> list[Equivalent]:
    """Return the list of `equivalents.toml`."""
    entries = tomllib.loads(FILE.read_text("utf-8")).get("equivalent", [])
    return [Equivalent(**entry) for entry in entries]
