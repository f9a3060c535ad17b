"""The results of the doctor's checks."""

from dataclasses import dataclass
from enum import StrEnum

from waypost.cli.doctor.provenance import ConfiguredValue
from waypost.cli.output import plural


class Status(StrEnum):
    """The result of a check."""

    OK = "ok"
    NOTE = "note"
    """Good to know, and nothing to repair."""
    WARNING = "warning"
    """It works, but may not for long, or not for all visitors."""
    PROBLEM = "problem"


@dataclass(frozen=True, slots=True, kw_only=True)
class Check:
    """One check and its result."""

    name: str
    status: Status
    finding: str
    remedy: str = ""
    """What to do about it, in one sentence; empty if nothing."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Diagnosis:
    """All results."""

    settings: list[ConfiguredValue]
    checks: list[Check]

    @property
    def verdict(self) -> str:
        """All results in one sentence."""
        counts = {
            kind: sum(check.status is kind for check in self.checks)
            for kind in (Status.PROBLEM, Status.WARNING)
        }
        found = [plural(n, kind.value) for kind, n in counts.items() if n]
        if not found:
            return "All is well."
        return f"{' and '.join(found)}: see below.".capitalize()

    @property
    def by_severity(self) -> list["Check"]:
        """The checks, problems first."""
        order = list(reversed(Status))
        return sorted(self.checks, key=lambda check: order.index(check.status))

    @property
    def has_problem(self) -> bool:
        """Whether there is a problem."""
        return any(check.status is Status.PROBLEM for check in self.checks)
