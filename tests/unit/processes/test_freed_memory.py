"""Whether a process gives back what it held for a moment."""

import subprocess
import sys
from typing import Final

import pytest

_LEFT: Final = """
import ctypes
from pathlib import Path
from waypost.processes.running.freed_memory import return_freed_memory

if not hasattr(ctypes.CDLL(None), "mallopt"):
    raise SystemExit("no glibc")
if {is_returned}:
    return_freed_memory()
block = b"x" * (16 << 20)
del block
blocks = [b"x" * (1 << 20) for _ in range(64)]
behind = b"x" * (100 << 10)
del blocks
fields = Path("/proc/self/status").read_text().split("VmRSS:")[1].split()
print(int(fields[0]) // 1024)
"""


def megabytes_left(*, is_returned: bool) -> int:
    """Return what a process holds that has freed 64 MB in front of a small block."""
    code = _LEFT.format(is_returned=is_returned)
    ended = subprocess.run(
        (sys.executable, "-c", code), capture_output=True, text=True, check=False
    )
    if "no glibc" in ended.stderr:
        pytest.skip("The C library is another one.")
    assert ended.returncode == 0, ended.stderr
    return int(ended.stdout)


def test_freed_blocks_are_returned_although_a_block_behind_them_is_in_use() -> None:
    """As after a report: glibc alone would keep the 64 MB."""
    kept, left = (megabytes_left(is_returned=each) for each in (False, True))
    assert kept > 64
    assert left < kept - 48
