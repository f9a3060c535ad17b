"""Rows in which every pair of values of two different factors occurs."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import combinations
from random import Random
from typing import Final

Row = dict[str, object]
Pair = tuple[str, object, str, object]

_CANDIDATES: Final = 40
"""How many rows are tried for each that is taken."""


def pick(random: Random, values: Sequence[object]) -> object:
    """Return one of *values*; only `Random.random` is the same in every Python."""
    return values[int(random.random() * len(values))]


def pairs_in(row: Row) -> Iterator[Pair]:
    """Yield the pairs of values in *row*."""
    for (one, value), (other, another) in combinations(row.items(), 2):
        yield one, value, other, another


def possible_pairs(
    factors: Mapping[str, Sequence[object]], fits: Callable[[Row], bool]
) -> dict[Pair, None]:
    """Return the pairs of values that may stand in one row, in a fixed order."""
    return {
        (one, value, other, another): None
        for one, other in combinations(factors, 2)
        for value in factors[one]
        for another in factors[other]
        if fits({one: value, other: another})
    }


def covering_rows(
    factors: Mapping[str, Sequence[object]],
    *,
    random: Random,
    fits: Callable[[Row], bool],
) -> Iterator[Row]:
    """Yield rows until every pair has occurred that *fits*.

    Each row has the first pair that is missing, and of the rows with it that chance
    offers, it is the one with the most missing pairs.
    """
    missing = possible_pairs(factors, fits)
    while missing:
        one, value, other, another = next(iter(missing))
        fixed = {one: value, other: another}
        tried = [_row(factors, random=random) | fixed for _ in range(_CANDIDATES)]
        best = max(
            filter(fits, tried),
            key=lambda row: sum(pair in missing for pair in pairs_in(row)),
            default=None,
        )
        if best is None:
            continue
        for pair in pairs_in(best):
            missing.pop(pair, None)
        yield best


def _row(factors: Mapping[str, Sequence[object]], *, random: Random) -> Row:
    return {name: pick(random, values) for name, values in factors.items()}
