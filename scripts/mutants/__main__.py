"""`python -m scripts.mutants [FILE…]` shows which changes no test notices.

::

    file ─▶ every mutant ─▶ sample ─▶ its module's tests ─▶ wider tests ─▶ report
            (operators)    (seed)     in a copy of the project, with time-outs

It ends with 0 if the tests notice 90 % of the mutants that are not equivalent.
"""

import argparse
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

from scripts.mutants.equivalents import equivalents
from scripts.mutants.mutants import Mutant, mutants_of, sample_of
from scripts.mutants.plan import Target, chosen
from scripts.mutants.report import share, survivor, table
from scripts.mutants.results import Results, tree_of
from scripts.mutants.run import judge_all
from scripts.mutants.trial import UnfitTestsError, Verdict

ROOT = Path(__file__).parents[2]
RESULTS = ROOT / ".mutants" / "results.jsonl"
WANTED_PERCENT = 90.0


def main() -> int:
    """Judge the mutants that the command line asks for; return the exit code."""
    options = _options()
    known = equivalents()
    results = Results(RESULTS, tree=tree_of(ROOT))
    wanted: dict[Target, list[Mutant]] = {}
    left_out: list[Mutant] = []
    for target in chosen(options.files):
        mutants = sample_of(
            mutants_of(ROOT, target.path), size=options.sample, seed=options.seed
        )
        if options.survivors:
            mutants = [mutant for mutant in mutants if results.survived(mutant)]
        equivalent = [m for m in mutants if any(e.is_(m) for e in known)]
        left_out += equivalent
        wanted[target] = [m for m in mutants if m not in equivalent]
    if options.list:
        _each(wanted, lambda mutant: print(survivor(mutant)))
        return 0
    return _judge(wanted, left_out, results, jobs=options.jobs)


def _judge(
    wanted: dict[Target, list[Mutant]],
    left_out: list[Mutant],
    results: Results,
    *,
    jobs: int,
) -> int:
    with tempfile.TemporaryDirectory(prefix="waypost-mutants-") as folder:
        try:
            verdicts = judge_all(ROOT, Path(folder), wanted, results, jobs=jobs)
        except UnfitTestsError as error:
            print(error, file=sys.stderr)
            return 2
    survivors = [m for m, verdict in verdicts.items() if verdict is Verdict.SURVIVED]
    for mutant in survivors:
        print(survivor(mutant))
    print(table(verdicts, left_out))
    percent = share(len(verdicts) - len(survivors), len(verdicts))
    return 0 if percent >= WANTED_PERCENT else 1


def _each(wanted: dict[Target, list[Mutant]], do: Callable[[Mutant], None]) -> None:
    for mutants in wanted.values():
        for mutant in mutants:
            do(mutant)


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m scripts.mutants")
    add = parser.add_argument
    add("files", nargs="*", help="as edge/fast/protocol.py; default: all of plan.py")
    add("--sample", type=int, default=18, help="mutants per file; 0: all (%(default)s)")
    add("--seed", type=int, default=1, help="chooses the sample (%(default)s)")
    add("--jobs", type=int, default=1, help="how many at a time (%(default)s)")
    add("--survivors", action="store_true", help="only those that survived last time")
    add("--list", action="store_true", help="print the mutants and run nothing")
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
