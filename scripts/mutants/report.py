"""What a run of mutants says in a terminal of 80 columns."""

import json
from collections import Counter
from collections.abc import Iterable, Mapping

from scripts.mutants.mutants import Mutant
from scripts.mutants.plan import PACKAGE
from scripts.mutants.trial import Verdict

COLUMNS = 80


def progress(mutant: Mutant, verdict: str, done: int, total: int) -> str:
    """Return the line of one mutant that was judged."""
    place = f"{mutant.file.removeprefix(PACKAGE)}:{mutant.line}"
    line = f"{done:4}/{total}  {verdict:9} {place:33} {mutant.operator}"
    return line[:COLUMNS]


def survivor(mutant: Mutant) -> str:
    """Return where a survivor is and what it changes, as an entry of equivalents."""
    return "\n".join(
        (
            f"# {mutant.file}:{mutant.line} {mutant.operator}",
            "[[equivalent]]",
            f"file = {_quoted(mutant.file)}",
            f"within = {_quoted(mutant.within)}",
            f"before = {_quoted(mutant.before)}",
            f"after = {_quoted(mutant.after)}",
            'reason = ""',
            "",
        )
    )


def table(verdicts: Mapping[Mutant, Verdict], equivalent: Iterable[Mutant]) -> str:
    """Return killed and total by file; equivalent mutants are in neither."""
    left_out = Counter(mutant.file for mutant in equivalent)
    killed = Counter(m.file for m, v in verdicts.items() if v is not Verdict.SURVIVED)
    total = Counter(mutant.file for mutant in verdicts)
    lines = [f"{'file':38} {'killed':>9} {'':6} {'equivalent':>10}"]
    for file in dict.fromkeys([*total, *left_out]):
        name = file.removeprefix(PACKAGE)
        lines.append(_row(name, killed[file], total[file], left_out[file]))
    sums = (killed.total(), total.total(), left_out.total())
    return "\n".join([*lines, _row("all", *sums)])


def share(killed: int, total: int) -> float:
    """Return killed mutants in percent; 100 where there are none."""
    return 100.0 * killed / total if total else 100.0


def _row(name: str, killed: int, total: int, left_out: int) -> str:
    part = f"{killed}/{total}"
    return f"{name:38} {part:>9} {share(killed, total):4.0f} % {left_out:10}"


def _quoted(text: str) -> str:
    # JSON's strings are TOML's basic strings.
    return json.dumps(text, ensure_ascii=False)
