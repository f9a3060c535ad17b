"""What the doctor found."""

from dataclasses import dataclass
from enum import StrEnum

from waypost.cli.provenance import ConfiguredValue


class Status(StrEnum):
    """How a check came out."""

    OK = "ok"
    NOTE = "note"
    """Good to know, and nothing to mend."""
    WARNING = "warning"
    """It works, but may not for long or for everybody."""
    PROBLEM = "problem"


@dataclass(frozen=True, slots=True, kw_only=True)
class Check:
    """One thing that was looked at."""

    name: str
    status: Status
    finding: str
    remedy: str = ""
    """What to do about it, in one sentence; empty if nothing."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Diagnosis:
    """All that the doctor found."""

    settings: list[ConfiguredValue]
    checks: list[Check]

    @property
    def has_problem(self) -> bool:
        """Whether anything has to be mended."""
        return any(check.status is Status.PROBLEM for check in self.checks)
