"""A server that does nothing, for tests of how servers are looked after."""

import sys
from pathlib import Path

from cluster.servers.server import Server

_PROGRAM = "print('hello', flush=True); import time; time.sleep(600)"


class Sleeper(Server):
    """Says hello and sleeps; it answers once it has said so."""

    def __init__(self, folder: Path, *, name: str = "sleeper") -> None:
        super().__init__(folder, name=name)
        self.program = _PROGRAM
        self.times_let_go = 0

    def let_go(self) -> None:
        """Note that no caller shall wait for it."""
        self.times_let_go += 1

    def command(self) -> list[str]:
        """Return Python with the program."""
        return [sys.executable, "-c", self.program]

    def answers(self) -> bool:
        """Return whether it has said hello."""
        return self.log.exists() and "hello" in self.log.read_text()
