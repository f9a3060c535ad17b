"""The figures that were measured, each next to its promise."""

import json
import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from statistics import median

_WIDTH = 79
_VERDICTS = {True: "ok", False: "MISSED", None: ""}


@dataclass(frozen=True, slots=True, kw_only=True)
class Figure:
    """One measured quantity: a value per round, and what is promised for the median."""

    label: str
    values: Sequence[float]
    form: str
    at_least: float | None
    at_most: float | None

    @property
    def kept(self) -> bool | None:
        """Whether the promise is kept; None if there is none, or nothing to judge."""
        middle = median(self.values)
        if math.isnan(middle) or self.at_least is self.at_most is None:
            return None
        low = -math.inf if self.at_least is None else self.at_least
        high = math.inf if self.at_most is None else self.at_most
        return low <= middle <= high

    @property
    def measured(self) -> str:
        """The median and, of several rounds, the range."""
        low, middle, high = (
            "?" if math.isnan(value) else format(value, self.form)
            for value in (min(self.values), median(self.values), max(self.values))
        )
        return middle if len(self.values) == 1 else f"{middle} ({low}-{high})"

    @property
    def promise(self) -> str:
        """The promise, as the table prints it."""
        low, high = self.at_least, self.at_most
        if low is not None and high is not None:
            return f"{low:{self.form}}-{high:{self.form}}"
        if low is not None:
            return f">= {low:{self.form}}"
        return "" if high is None else f"<= {high:{self.form}}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """What the scenarios found."""

    figures: list[Figure] = field(default_factory=list)
    errors: list[str] = field(default_factory=list)
    """Wrong results, not slow ones: they fail the run."""

    def add(
        self,
        label: str,
        values: Sequence[float],
        *,
        form: str = ",.0f",
        at_least: float | None = None,
        at_most: float | None = None,
    ) -> None:
        """Add a figure: a value per round, and what is promised for the median."""
        self.figures.append(
            Figure(
                label=label,
                values=values,
                form=form,
                at_least=at_least,
                at_most=at_most,
            )
        )

    def compare(self, what: str, *, answered: int, stored: int, cut_off: int) -> None:
        """Add both numbers, and an error unless all that was answered is stored.

        Up to *cut_off* more may be stored: requests whose answers the client did not
        wait for when its time was up.
        """
        self.add(f"{what} answered", [answered])
        self.add(f"{what} counted", [stored])
        more = stored - answered
        self.add("  more: cut off at the end", [more], at_least=0, at_most=cut_off)
        if not 0 <= more <= cut_off:
            self.errors.append(
                f"{what}: {answered:,} answered, but {stored:,} counted; "
                f"0 to {cut_off:,} more are expected."
            )

    def table(self) -> str:
        """Return the figures as a table of at most 80 columns, then the errors."""
        lines = [_line("", "median (range)", "promise", ""), "-" * _WIDTH]
        lines += [
            _line(one.label, one.measured, one.promise, _VERDICTS[one.kept])
            for one in self.figures
        ]
        return "\n".join([*lines, *(f"ERROR: {error}" for error in self.errors)])

    def as_json(self) -> str:
        """Return everything, with the value of every round."""
        figures = [
            {
                "label": one.label,
                "median": _number(median(one.values)),
                "values": [_number(value) for value in one.values],
                "at_least": one.at_least,
                "at_most": one.at_most,
                "kept": one.kept,
            }
            for one in self.figures
        ]
        return json.dumps({"figures": figures, "errors": self.errors}, indent=2)


def _line(label: str, measured: str, promise: str, verdict: str) -> str:
    left = f"{label} {measured:>{60 - len(label)}}"
    return f"{left}  {promise:<8}  {verdict}".rstrip()


def _number(value: float) -> float | None:
    return None if math.isnan(value) else value
