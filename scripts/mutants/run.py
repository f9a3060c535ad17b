"""Judges many mutants, several at a time, each worker in a copy of its own."""

from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from functools import partial
from pathlib import Path
from queue import SimpleQueue

from scripts.mutants.mutants import Mutant
from scripts.mutants.plan import Target
from scripts.mutants.report import progress
from scripts.mutants.results import Results
from scripts.mutants.trial import Trial, Verdict


def judge_all(
    root: Path,
    folder: Path,
    wanted: Mapping[Target, Sequence[Mutant]],
    results: Results,
    *,
    jobs: int,
) -> dict[Mutant, Verdict]:
    """Return the verdict on each mutant; those of an earlier run need no test.

    Raises:
        UnfitTestsError: Tests fail on the unchanged product.
    """
    verdicts: dict[Mutant, Verdict] = {}
    total = sum(map(len, wanted.values()))
    with ExitStack() as stack:
        trials: SimpleQueue[Trial] = SimpleQueue()
        for number in range(jobs):
            trials.put(stack.enter_context(Trial(root, folder / str(number))))
        pool = stack.enter_context(ThreadPoolExecutor(jobs))
        for target, mutants in wanted.items():
            known = {m: v for m in mutants if (v := results.current(m)) is not None}
            verdicts |= known
            left = [mutant for mutant in mutants if mutant not in known]
            for mutant, verdict in _judged(target, left, trials, pool):
                results.add(mutant, verdict)
                verdicts[mutant] = verdict
                print(progress(mutant, verdict, len(verdicts), total), flush=True)
    return verdicts


def _judged(
    target: Target,
    mutants: Sequence[Mutant],
    trials: SimpleQueue[Trial],
    pool: ThreadPoolExecutor,
) -> Iterator[tuple[Mutant, Verdict]]:
    """Yield each of *mutants* with its verdict, once it is known."""
    left = list(mutants)
    for tests in (target.first, target.wider):
        if not tests or not left:
            continue
        with _one_of(trials) as trial:
            limit = trial.measure(tests)
        verdicts = pool.map(partial(_verdict, tests, limit, trials), left)
        survivors = []
        for mutant, verdict in zip(left, verdicts, strict=True):
            if verdict is Verdict.SURVIVED:
                survivors.append(mutant)
            else:
                yield mutant, verdict
        left = survivors
    yield from ((mutant, Verdict.SURVIVED) for mutant in left)


def _verdict(
    tests: Sequence[str], limit: float, trials: SimpleQueue[Trial], mutant: Mutant
) -> Verdict:
    with _one_of(trials) as trial:
        return trial.judge(mutant, tests, limit=limit)


@contextmanager
def _one_of(trials: SimpleQueue[Trial]) -> Iterator[Trial]:
    trial = trials.get()
    try:
        yield trial
    finally:
        trials.put(trial)
