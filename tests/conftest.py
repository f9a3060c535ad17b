"""Fixtures that every test can ask for, and which tests are slow by what they use.

`EXAMPLES` is how many examples a property is tried with that names no number itself.
"""

import gc
import os
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path

import pytest
from hypothesis import settings

# Tests start hundreds of processes: each would compile the product anew where the
# environment forbids Python to keep what it has compiled.
os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
sys.dont_write_bytecode = False

pytest_plugins = [
    *("tests.servers", "tests.databases", "tests.clickhouse.fixtures"),
    *("tests.together", "tests.traced"),
]

# On a busy machine an example may take any time, which says nothing about the product.
settings.register_profile(
    "waypost", deadline=None, max_examples=int(os.environ.get("EXAMPLES", "50"))
)
settings.load_profile("waypost")

SLOW_SERVERS = {
    *("_session_postgres", "_session_kafka", "_session_clickhouse"),
    *("fresh_postgres", "fresh_redis"),
}
"""Fixtures that take seconds to start a server."""
SLOW_BACKENDS = ("postgres", "kafka", "clickhouse")
"""How the parameters of tests over every backend begin that need such a server."""
_TESTS = Path(__file__).parent
WHOLE_PROCESSES = {
    _TESTS / "e2e",
    *(_TESTS / "integration" / name for name in ("cli", "clickhouse", "cluster")),
    *(_TESTS / "integration" / name for name in ("jobs", "keygen", "processes")),
}
"""Folders of tests that start processes of the product, or servers of their own."""
LEFT_OUT = {
    *WHOLE_PROCESSES,
    _TESTS / "architecture",
    _TESTS / "integration" / "api" / "documents" / "test_openapi.py",
}
"""What fast tests do not even import; `make check` runs those of the architecture."""


def pytest_ignore_collect(collection_path: Path, config: pytest.Config) -> bool | None:
    """Do not even import slow tests that are left out: that takes seconds, too."""
    are_left_out = config.option.markexpr == "not slow"
    return True if are_left_out and collection_path in LEFT_OUT else None


def pytest_collection_modifyitems(items: Iterable[pytest.Item]) -> None:
    """Mark as slow what starts such a server, or the whole product."""
    for item in items:
        uses = SLOW_SERVERS.intersection(getattr(item, "fixturenames", ()))
        if (
            uses
            or _names_slow_backend(item)
            or WHOLE_PROCESSES.intersection(item.path.parents)
        ):
            item.add_marker(pytest.mark.slow)


def pytest_collection_finish() -> None:
    """Have no collection of garbage search the thousands of tests: it takes seconds."""
    _keep_what_is_left()


@pytest.fixture(scope="module", autouse=True)
def _left_by_others() -> Iterator[None]:
    """Have none search what the tests of a file leave, either."""
    yield
    _keep_what_is_left()


def _keep_what_is_left() -> None:
    gc.collect()
    gc.freeze()


def _names_slow_backend(item: pytest.Item) -> bool:
    """Return whether a parameter names a backend: its fixture is asked for later."""
    callspec = getattr(item, "callspec", None)
    values = callspec.params.values() if callspec else ()
    return any(
        isinstance(value, str) and value.startswith(SLOW_BACKENDS) for value in values
    )
