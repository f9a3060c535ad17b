"""The folder of a cluster's data: kept, or removed at the end."""

import shutil
import tempfile
from pathlib import Path

from cluster.register import FOLDER_PREFIX


class DataFolder:
    """The folder *kept*, or a new one that `remove` throws away."""

    def __init__(self, kept: Path | None) -> None:
        self.temporary = kept is None
        if kept is None:
            self.path = Path(tempfile.mkdtemp(prefix=FOLDER_PREFIX))
        else:
            kept.mkdir(parents=True, exist_ok=True)
            self.path = kept.absolute()

    def remove(self) -> None:
        """Remove it, unless it is to be kept."""
        if self.temporary:
            shutil.rmtree(self.path, ignore_errors=True)
