"""Classifies clicks again, by the agent's text."""

from collections.abc import Callable
from typing import NamedTuple

import numpy as np

from waypost.adapters.columns.administration.days import chunks_of_day, note_change
from waypost.adapters.columns.chunks import read_columns, write_columns
from waypost.adapters.columns.drivers.connection import Connection, changing
from waypost.adapters.columns.writing.values import MORE, ValueIds
from waypost.wire.click_store.columns import AGENT, MACHINE, Mask, Whole, encode_column

_BY_AGENT = (None, "agent", "preview")
"""Reasons that the agent's text alone decides."""


class Verdicts(NamedTuple):
    """What the agents are, in the numbers of the store."""

    replaced: Whole
    """Reasons that may be replaced."""
    by_agent: Whole
    """The reason of each agent, by its id."""
    is_known: Mask
    """Whether the agent is known, by its id."""


def verdicts_of(
    connection: Connection, ids: ValueIds, machine: Callable[[str | None], str | None]
) -> Verdicts:
    """Return what *machine* says of every agent."""
    agents: list[tuple[int, str]] = connection.fetch(
        "SELECT id, value FROM click_values WHERE dimension = ?", AGENT
    )
    texts: dict[int, str | None] = {0: None, **dict(agents)}
    reasons = [machine(text) for text in texts.values()]
    try:
        with connection.writing():
            asked = [*_BY_AGENT, *reasons]
            numbers = ids.ids(connection, MACHINE, asked, [0] * len(asked))
    except BaseException:
        ids.forget()
        raise
    by_agent = np.zeros(max(texts) + 1, np.int64)
    by_agent[list(texts)] = numbers[len(_BY_AGENT) :]
    # Agents beyond the dictionary's bound share a text, which says nothing of them.
    is_known = np.array([texts.get(at) != MORE for at in range(max(texts) + 1)])
    return Verdicts(np.array(numbers[: len(_BY_AGENT)]), by_agent, is_known)


def classify_day(connection: Connection, verdicts: Verdicts, day: int) -> int:
    """Replace the reasons of *day*'s clicks; return how many have changed."""
    changed = 0
    with changing(connection):
        chunks = chunks_of_day(connection, day)
        machines = read_columns(connection, MACHINE, chunks)
        agents = read_columns(connection, AGENT, chunks)
        for chunk, before, agent in zip(chunks, machines, agents, strict=True):
            judged = verdicts.by_agent[agent]
            is_replaced = np.isin(before, verdicts.replaced) & (before != judged)
            is_replaced &= verdicts.is_known[agent]
            if is_replaced.any():
                now = encode_column(np.where(is_replaced, judged, before))
                write_columns(connection, [(chunk.id, MACHINE, now)])
                changed += int(is_replaced.sum())
        if changed:
            note_change(connection, day)
    return changed
