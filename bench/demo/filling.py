"""Fills a store with the clicks of `waypost demo`."""

import os
import resource
import subprocess
import sys
import time
from collections.abc import Mapping
from datetime import date, timedelta
from typing import Final, NamedTuple

from waypost.domain.analytics.enriched import DAY_MS
from waypost.domain.analytics.questions import ClickQuery

FIRST: Final = date(2026, 1, 1)
_DAYS: Final = 90
_LAST: Final = FIRST + timedelta(days=_DAYS - 1)
START_MS: Final = (FIRST - date(1970, 1, 1)).days * DAY_MS
WHOLE: Final = ClickQuery(start_ms=START_MS, end_ms=START_MS + _DAYS * DAY_MS)
"""All of the clicks."""


class Demo(NamedTuple):
    """How many clicks, and of how many links."""

    clicks: int
    links: int


def fill(demo: Demo, settings: Mapping[str, str]) -> None:
    """Make the clicks of *demo* where they are missing, and print what that took."""
    command = [sys.executable, "-m", "waypost", "demo", "--until", str(_LAST)]
    command += ["--clicks", str(demo.clicks), "--links", str(demo.links)]
    command += ["--days", str(_DAYS), "--seed", "1"]
    begin = time.perf_counter()
    # In a process of its own, whose memory is its own.
    subprocess.run(command, check=True, env={**os.environ, **settings})
    children = resource.getrusage(resource.RUSAGE_CHILDREN)
    print(
        f"made or found in {time.perf_counter() - begin:.1f} s, "
        f"{children.ru_utime + children.ru_stime:.1f} s of processor, "
        f"at most {children.ru_maxrss // 1024} MB",
        flush=True,
    )
