"""Which files run in the same process, where tests run in several: they share servers.

Each process has servers of its own. Those that are dear at rest too, as Kafka and
ClickHouse, and the cluster, are started in one of them only.
"""

import pytest
from xdist.scheduler import (  # type: ignore[import-untyped]  # it has no types
    LoadFileScheduling,
)

TOGETHER = {
    "kafka": (
        "tests/contract/clicks/test_click_bus.py",
        "tests/e2e/distributed/test_missing_clicks.py",
        "tests/e2e/embedded/test_imports.py",
        "tests/e2e/reports/test_variants.py",
        "tests/integration/cli/doctor/test_backends.py",
        "tests/integration/cli/test_run.py",
        "tests/integration/forward/",
        "tests/integration/kafka/",
        "tests/integration/test_servers.py",
    ),
    "clickhouse": ("tests/contract/reports/", "tests/integration/clickhouse/"),
    "cluster": (
        "tests/e2e/distributed/releases/test_rolling_restart.py",
        "tests/e2e/distributed/test_statistics.py",
        "tests/e2e/distributed/test_whole_cluster.py",
    ),
}
"""Beginnings of the paths of files that share what each of these is."""


def sharing(nodeid: str) -> str:
    """Return what the tests of a process have in common: a server, or their file."""
    for shared, paths in TOGETHER.items():
        if nodeid.startswith(paths):
            return shared
    return nodeid.partition("::")[0]


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: object) -> object:
    """Distribute by what tests share, where files are what is distributed."""
    if config.getvalue("dist") != "loadfile":
        return None
    scheduler = LoadFileScheduling(config, log)
    scheduler._split_scope = sharing
    return scheduler
