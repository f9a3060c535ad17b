"""One copy of the project, in which mutants meet their tests."""

import os
import resource
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Sequence
from enum import StrEnum
from importlib.util import cache_from_source
from pathlib import Path
from typing import Self

from scripts.mutants.mutants import Mutant

_SHORTEST_LIMIT_SECONDS, _LONGEST_LIMIT_SECONDS = 60.0, 3_600.0
_SLOWER = 5
"""How many times as long as the unchanged product a mutant may take."""
_CLEAN_UP_SECONDS = 30.0
_MEMORY_BYTES = 3 << 30
_PLUGINS = ("pytest_asyncio.plugin", "pytest_timeout", "_hypothesis_pytestplugin")
"""What the tests need; to load what else is installed takes longer than most tests."""


class Verdict(StrEnum):
    """What the tests made of a mutant."""

    KILLED = "killed"
    TIMEOUT = "timeout"
    """They did not end, which is noticed as well."""
    SURVIVED = "survived"


class UnfitTestsError(Exception):
    """The tests do not pass on the unchanged product."""


class Trial:
    """A copy of the project, deleted at the end; the checkout is never changed."""

    def __init__(self, root: Path, folder: Path) -> None:
        self._root = root
        self._folder = folder
        self._log = folder.with_suffix(".log")
        self._environment = {
            "PYTHONPATH": str(folder / "src"),
            "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1",
        }

    def __enter__(self) -> Self:
        for name in _project_files(self._root):
            copy = self._folder / name
            copy.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(self._root / name, copy)
        return self

    def __exit__(self, *exc_info: object) -> None:
        shutil.rmtree(self._folder, ignore_errors=True)

    def measure(self, tests: Sequence[str]) -> float:
        """Run *tests* unchanged; return how many seconds they may take on a mutant.

        Raises:
            UnfitTestsError: They fail as it is.
        """
        began = time.monotonic()
        if self._run(tests, limit=_LONGEST_LIMIT_SECONDS) != 0:
            tail = "\n".join(self._log.read_text().splitlines()[-40:])
            raise UnfitTestsError(f"{' '.join(tests)} fail unchanged:\n{tail}")
        return max(_SHORTEST_LIMIT_SECONDS, _SLOWER * (time.monotonic() - began))

    def judge(self, mutant: Mutant, tests: Sequence[str], *, limit: float) -> Verdict:
        """Run *tests* on *mutant*, for *limit* seconds at most."""
        path = self._folder / mutant.file
        original = path.read_bytes()
        path.write_bytes(mutant.content)
        try:
            code = self._run(tests, limit=limit)
        finally:
            path.write_bytes(original)
            # Python takes a file of the same second and length for the same file.
            Path(cache_from_source(path)).unlink(missing_ok=True)
        if code is None:
            return Verdict.TIMEOUT
        # They ran on the unchanged product, so any failure is due to the change.
        return Verdict.KILLED if code else Verdict.SURVIVED

    def _run(self, tests: Sequence[str], *, limit: float) -> int | None:
        """Return pytest's exit code; None: it did not end within *limit* seconds."""
        plugins = [f"-p{name}" for name in (*_PLUGINS, "no:cacheprovider")]
        command = [sys.executable, "-m", "pytest", "-x", "-q", *plugins]
        with self._log.open("wb") as log:
            process = subprocess.Popen(
                [*command, "--hypothesis-seed=0", *(f"tests/{test}" for test in tests)],
                cwd=self._folder,
                env={**os.environ, **self._environment},
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )
            try:
                # A loop that collects for ever must not take the machine along.
                bound = (_MEMORY_BYTES, _MEMORY_BYTES)
                resource.prlimit(process.pid, resource.RLIMIT_DATA, bound)
                return process.wait(limit)
            except subprocess.TimeoutExpired:
                return None
            finally:
                _end(process)


def _end(process: subprocess.Popen[bytes]) -> None:
    """End *process* with the servers that its tests have started."""
    if process.poll() is None:
        process.send_signal(signal.SIGINT)
        try:
            process.wait(_CLEAN_UP_SECONDS)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
    try:
        os.killpg(process.pid, signal.SIGKILL)
    except ProcessLookupError:
        return


def _project_files(root: Path) -> list[str]:
    """Return what git knows or would add, as it is in the checkout now."""
    command = ["git", "ls-files", "--cached", "--others", "--exclude-standard"]
    names = subprocess.check_output(command, cwd=root, text=True).splitlines()
    return [name for name in names if (root / name).is_file()]
