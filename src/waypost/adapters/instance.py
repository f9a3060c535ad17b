"""The data folder's note of the database that it belongs to.

Clicks and ids in a data folder have a meaning only together with the links of one
database. Both hold the same instance id: the database as a row, the folder as a file.
"""

import os
import re
from contextlib import suppress
from pathlib import Path
from typing import Final

INSTANCE_FILE: Final = "instance"
_INSTANCE: Final = re.compile(r"[0-9a-f]{64}")


def read_instance(data_dir: Path) -> str | None:
    """Return the id of the instance that *data_dir* belongs to.

    None: no file says so, or a power cut has left it unreadable. Raises OSError.
    """
    with suppress(FileNotFoundError, ValueError):
        content = (data_dir / INSTANCE_FILE).read_text("ascii").strip()
        return content if _INSTANCE.fullmatch(content) else None
    return None


def write_instance(data_dir: Path, instance: str) -> None:
    """Note durably that *data_dir* belongs to *instance*. Raises OSError."""
    path = data_dir / INSTANCE_FILE
    temporary = path.with_suffix(".tmp")
    with temporary.open("w", encoding="ascii") as file:
        file.write(f"{instance}\n")
        file.flush()
        os.fsync(file.fileno())
    temporary.replace(path)
    folder = os.open(data_dir, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)
