"""Which tests note the lines that they run, for the coverage: as few as reach them all.

Noting lines has Python take three times as long. What is not noted can only lower the
coverage that the gate sees, never raise it. The same holds for the processes that a
test starts: they note theirs where the test does.
"""

import os
from collections.abc import Iterable, Iterator
from pathlib import Path

import pytest
from coverage import Coverage
from hypothesis import is_hypothesis_test

_TESTS = Path(__file__).parent
UNTRACED = {_TESTS / "e2e", _TESTS / "architecture", _TESTS / "unit" / "mutants"}
"""Folders of tests that run what others run too, or only read the code."""
BACKENDS = ("memory", "sqlite", "sql", "postgres", "redis", "kafka", "clickhouse")
"""How parameters begin with which a test reaches other lines than with others."""


_OF_PROCESSES = "COVERAGE_PROCESS_CONFIG"
"""The variable that has a process of Python's note its lines."""


class Tracing:
    """Has coverage, where it runs at all, note lines or rest."""

    def __init__(self, items: Iterable[pytest.Item]) -> None:
        self._coverage = Coverage.current()
        self._is_on = True
        self._of_processes = os.environ.get(_OF_PROCESSES, "")
        self._traced = traced_in(items) if self._coverage else set()

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_protocol(self, item: pytest.Item) -> Iterator[None]:
        """Note the lines of *item* if it is among those that reach new ones."""
        self._switch(on=item.nodeid in self._traced)
        return (yield)

    def _switch(self, *, on: bool) -> None:
        if self._coverage is None or on == self._is_on:
            return
        self._is_on = on
        os.environ[_OF_PROCESSES] = self._of_processes if on else ""
        if on:
            self._coverage.start()
        else:
            self._coverage.stop()


def pytest_collection_finish(session: pytest.Session) -> None:
    """Decide for all tests at once: which is the first does not depend on workers."""
    session.config.pluginmanager.register(Tracing(session.items))


def traced_in(items: Iterable[pytest.Item]) -> set[str]:
    """Return the ids of those of *items* that together reach every line.

    Properties, and a test's second and later parameters, reach hardly any new one.
    """
    first: dict[tuple[str, ...], str] = {}
    for item in items:
        if not UNTRACED.intersection(item.path.parents) and not _is_property(item):
            first.setdefault(_reaches(item), item.nodeid)
    return set(first.values())


def _is_property(item: pytest.Item) -> bool:
    return is_hypothesis_test(getattr(item, "obj", None))


def _reaches(item: pytest.Item) -> tuple[str, ...]:
    """Return what tests have in common that reach the same lines."""
    if _TESTS / "unit" in item.path.parents:
        return (item.nodeid,)
    callspec = getattr(item, "callspec", None)
    values = callspec.params.values() if callspec else ()
    texts = (value for value in values if isinstance(value, str))
    return (
        item.nodeid.partition("[")[0],
        *(text for text in texts if text.startswith(BACKENDS)),
    )
