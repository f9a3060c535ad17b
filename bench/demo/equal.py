"""Compare what every store answers about the same clicks, cell by cell.

    python -m bench.demo.equal FOLDER [--clicks N] [--links N]

The clicks are those of `waypost demo`, stored in SQLite, PostgreSQL and ClickHouse's
engine, whose servers are started below FOLDER and stopped again. The exit status is 1
where a cell differs.
"""

import argparse
import asyncio
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import AsyncExitStack, ExitStack
from pathlib import Path
from typing import Final

from bench.demo.filling import Demo, fill
from bench.demo.reports import Report, reports
from bench.demo.stores import StoreKind, running, stop_servers_when_ended
from waypost.config import load_settings
from waypost.domain.analytics.questions import (
    Answer,
    ByLink,
    ByValue,
    Numbers,
)
from waypost.wiring.analytics.store import ClickStore, open_click_store

_CODE_KEY: Final = "the same codes in every store"
"""So that the links have the same ids: a code that is reserved is left out."""

Cells = Mapping[str, object]


async def _compare(settings: Mapping[StoreKind, Mapping[str, str]]) -> int:
    """Print what differs, and return how many cells do."""
    async with AsyncExitStack() as stack:
        stores = {
            kind: await stack.enter_async_context(
                open_click_store(load_settings(**each))
            )
            for kind, each in settings.items()
        }
        asked = await reports(stores[StoreKind.SQLITE])
        compared = different = 0
        for report in asked:
            found = {
                kind: await _cells(store, report) for kind, store in stores.items()
            }
            first = found[StoreKind.SQLITE]
            compared += len(first)
            for kind, cells in found.items():
                different += _show(report, kind, first, cells)
    print(
        f"{len(asked)} reports, {compared:,} cells in each of {len(stores)} stores: "
        f"{different:,} differ"
    )
    return different


async def _cells(store: ClickStore, report: Report) -> Cells:
    (answer,) = (await store.ask(report.query, [report.question])).answers
    return dict(_of_answer(answer))


def _of_answer(answer: Answer) -> Iterator[tuple[str, object]]:
    match answer:
        case Numbers():
            yield from _of_numbers("total", answer)
        case ByValue(listed=listed, others=others, whole=whole):
            yield "values", [each.value for each in listed]
            yield from _of_all([each.numbers for each in listed])
        case ByLink(listed=links, others=others, whole=whole):
            yield "links", [each.link_id for each in links]
            yield from _of_all([each.numbers for each in links])
        case _:
            yield from _of_all(answer)
    if isinstance(answer, ByValue | ByLink):
        yield "number of others", others.values
        yield from _of_numbers("others", others.numbers)
        yield from _of_numbers("whole", whole)


def _of_all(numbers: Sequence[Numbers]) -> Iterator[tuple[str, object]]:
    for place, each in enumerate(numbers):
        yield from _of_numbers(str(place), each)


def _of_numbers(name: str, numbers: Numbers) -> Iterator[tuple[str, object]]:
    for field, value in numbers._asdict().items():
        yield f"{name}, {field}", value


def _show(report: Report, kind: StoreKind, first: Cells, cells: Cells) -> int:
    names = [name for name in {**first, **cells} if first.get(name) != cells.get(name)]
    for name in names[:5]:
        print(
            f"{report.name}: {name}: sqlite {first.get(name)}, {kind} {cells.get(name)}"
        )
    return len(names)


def main() -> None:
    """Fill the stores where they are empty, and compare them."""
    parser = argparse.ArgumentParser(prog="python -m bench.demo.equal")
    parser.add_argument("folder", type=Path)
    parser.add_argument("--clicks", type=int, default=1_000_000)
    parser.add_argument("--links", type=int, default=10_000)
    wanted = parser.parse_args()
    stop_servers_when_ended()
    with ExitStack() as stack:
        settings = {
            kind: {
                **stack.enter_context(running(kind, wanted.folder)).settings,
                "CODE_KEY": _CODE_KEY,
            }
            for kind in StoreKind
        }
        for each in settings.values():
            fill(Demo(wanted.clicks, wanted.links), each)
        different = asyncio.run(_compare(settings))
    sys.exit(1 if different else 0)


if __name__ == "__main__":
    main()
