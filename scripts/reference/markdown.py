"""The few forms of Markdown that the reference pages use."""

import re
from collections.abc import Iterable, Sequence

_SENTENCE_END = re.compile(r"(?<=[.!?]) (?=[A-Z`])")


def page(title: str, introduction: str, *parts: str) -> str:
    """Return a whole generated page."""
    note = "<!-- Generated from the code by `make docs`: change it there. -->"
    return "\n\n".join([note, f"# {title}", introduction.strip(), *parts]) + "\n"


def table(heads: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """Return a table."""
    lines = [heads, ["---"] * len(heads), *rows]
    return "\n".join("| " + " | ".join(map(_cell, line)) + " |" for line in lines)


def sentences(text: str) -> str:
    """Return *text* with one sentence per line."""
    return _SENTENCE_END.sub("\n", " ".join(text.split()))


def code(text: str) -> str:
    """Return *text* as code."""
    return f"`{text}`"


def _cell(text: str) -> str:
    return " ".join(text.split()).replace("|", "\\|")
