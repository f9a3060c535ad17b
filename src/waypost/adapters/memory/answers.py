"""Answers to questions, each computed from a list of clicks."""

from bisect import bisect_right
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Final, TypeVar

from waypost.adapters.memory.kept_clicks import KeptClick
from waypost.domain.analytics.enriched import day_of
from waypost.domain.analytics.questions import (
    Answer,
    Breakdown,
    ByLink,
    ByValue,
    LinkNumbers,
    Numbers,
    Order,
    Others,
    Question,
    Series,
    TopLinks,
    Totals,
    ValueNumbers,
)

_Key = TypeVar("_Key")

_SIZES: Final[Mapping[Order, Callable[[Numbers], int]]] = {
    Order.PEOPLE: lambda numbers: numbers.people,
    Order.CLICKS: lambda numbers: numbers.clicks,
    Order.VISITORS: lambda numbers: numbers.visitors or 0,
    Order.VALUE: lambda _: 0,
}


def answer(question: Question, clicks: Sequence[KeptClick]) -> Answer:
    """Return the answer to *question* about *clicks*."""
    match question:
        case Totals():
            return _numbers(clicks)
        case Series(bounds):
            return _series(bounds, clicks)
        case Breakdown(by, order, limit):
            groups = _grouped(clicks, lambda kept: kept.value(by))
            listed, others = _ranked(groups, order, limit, _code_points)
            rows = [ValueNumbers(*each) for each in listed]
            return ByValue(listed=rows, others=others, whole=_numbers(clicks))
        case TopLinks(order, limit):
            links = _grouped(clicks, lambda kept: kept.click.link_id)
            ranked, others = _ranked(links, order, limit, lambda link: link)
            top = [LinkNumbers(*each) for each in ranked]
            return ByLink(listed=top, others=others, whole=_numbers(clicks))


def _numbers(clicks: Iterable[KeptClick]) -> Numbers:
    machines, people, visitors = 0, 0, set()
    for kept in clicks:
        if kept.click.is_machine:
            machines += 1
            continue
        people += 1
        if kept.visitor:
            visitors.add((day_of(kept.click.time_ms), kept.visitor))
    return Numbers(people, machines, len(visitors))


def _series(
    bounds: tuple[int, ...], clicks: Iterable[KeptClick]
) -> tuple[Numbers, ...]:
    groups = _grouped(clicks, lambda kept: bisect_right(bounds, kept.click.time_ms))
    return tuple(_numbers(groups[place]) for place in range(1, len(bounds)))


def _grouped(
    clicks: Iterable[KeptClick], key: Callable[[KeptClick], _Key]
) -> dict[_Key, list[KeptClick]]:
    groups: defaultdict[_Key, list[KeptClick]] = defaultdict(list)
    for kept in clicks:
        groups[key(kept)].append(kept)
    return groups


def _code_points(value: str | None) -> tuple[bool, str]:
    return (value is None, value or "")


def _ranked(
    groups: Mapping[_Key, Sequence[KeptClick]],
    order: Order,
    limit: int,
    by_name: Callable[[_Key], object],
) -> tuple[Sequence[tuple[_Key, Numbers]], Others]:
    """Return the first groups by *order*, ties by name, and the sums of the others."""
    ranked = [(key, _numbers(clicks)) for key, clicks in groups.items()]
    ranked.sort(key=lambda each: (-_SIZES[order](each[1]), by_name(each[0])))
    left = [numbers for _, numbers in ranked[limit:]]
    sums = Numbers(
        sum(each.people for each in left),
        sum(each.machines for each in left),
        sum(each.visitors or 0 for each in left),
    )
    return ranked[:limit], Others(values=len(left), numbers=sums)
