"""The metrics page, from the definitions and the comments above them."""

import ast
import inspect
from collections.abc import Iterator
from itertools import takewhile
from typing import NamedTuple

from scripts.reference.markdown import code, page, sentences
from waypost.telemetry import metrics, tally, title_metrics
from waypost.telemetry.analytics import (
    enrichment_metrics,
    orphan_metrics,
    rows_metrics,
)
from waypost.telemetry.metrics import Metrics

_INTRODUCTION = """
`GET /metrics` answers with these in Prometheus' text form, together with memory, CPU seconds, file descriptors and garbage collections of the process.
Labels take their values from closed sets, so that no visitor can make them grow.
"""  # noqa: E501 - one sentence per line

_KINDS = {"counter": "Counter", "gauge": "Gauge", "histogram": "Histogram"}


class Definition(NamedTuple):
    """A metric where it is defined."""

    name: str
    labels: list[str]
    conclusion: str
    """The comment above it."""


def metrics_page() -> str:
    """Return `docs/reference/metrics.md`."""
    by_name = {definition.name: definition for definition in _definitions()}
    parts = []
    for family in Metrics().registry.collect():
        if family.name.startswith("waypost_"):
            name = family.name + ("_total" if family.type == "counter" else "")
            # The definitions on plain integers leave the suffix to the library.
            definition = by_name.get(name) or by_name[family.name]
            labels = ", ".join(map(code, definition.labels))
            kind = _KINDS[family.type] + (f" by {labels}" if labels else "")
            parts += [
                f"## `{name}`",
                f"{kind}.\n{sentences(family.documentation)}",
                sentences(definition.conclusion),
            ]
    return page("Metrics", _INTRODUCTION, *parts)


def _definitions() -> Iterator[Definition]:
    for module in (
        tally,
        metrics,
        rows_metrics,
        enrichment_metrics,
        orphan_metrics,
        title_metrics,
    ):
        yield from _definitions_in(inspect.getsource(module))


def _definitions_in(source: str) -> Iterator[Definition]:
    lines = source.splitlines()
    for statement in ast.walk(ast.parse(source)):
        if isinstance(statement, ast.Assign | ast.Expr):
            for call in ast.walk(statement):
                match call:
                    case ast.Call(args=[ast.Constant(value=str(name)), *rest]) if (
                        name.startswith("waypost_")
                    ):
                        conclusion = _comment_above(lines, statement.lineno)
                        assert conclusion, f"{name} needs a comment above it"
                        yield Definition(name, _labels(rest), conclusion)


def _labels(arguments: list[ast.expr]) -> list[str]:
    """Return the label names of a call: a list of them, or the third argument."""
    match arguments[1:]:
        case [ast.List(elts=names), *_]:
            return [ast.literal_eval(name) for name in names]
        case [ast.Constant(value=str(name)), *_]:
            return [name]
        case _:
            return []


def _comment_above(lines: list[str], number: int) -> str:
    above = (line.strip() for line in reversed(lines[: number - 1]))
    comment = takewhile(lambda line: line.startswith("#"), above)
    return " ".join(line.removeprefix("#") for line in reversed(list(comment))).strip()
