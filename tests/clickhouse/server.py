"""The engine in a process of its own, as a server that tests may stop, kill, freeze."""

import json
import sys
import urllib.request
from importlib.util import find_spec
from pathlib import Path

from cluster.servers.ports import HOST
from cluster.servers.programs import MissingServerError
from cluster.servers.server import Server

ROOT = Path(__file__).parents[2]


class ClickHouseServer(Server):
    """ClickHouse's engine behind `tests.clickhouse.front`; its data survive a kill."""

    def __init__(self, folder: Path) -> None:
        super().__init__(folder, name="clickhouse")

    @property
    def url(self) -> str:
        """Its URL, without a database."""
        return f"http://{HOST}:{self.port}"

    def prepare(self) -> None:
        """Refuse where the engine is not installed."""
        if find_spec("chdb") is None:
            raise MissingServerError(
                "ClickHouse's engine is missing. It comes with the package "
                "chdb-core-lite (`make setup` installs it)."
            )

    def command(self) -> list[str]:
        """Return the front with its port and folder."""
        data = str(self.folder / "data")
        return [sys.executable, "-m", "tests.clickhouse.front", str(self.port), data]

    def environment(self) -> dict[str, str]:
        """Return an environment in which the front is found."""
        return super().environment() | {"PYTHONPATH": str(ROOT)}

    def answers(self) -> bool:
        """Return whether it answers."""
        try:
            return self._ask("GET", "/ping") == b"Ok.\n"
        except OSError:
            return False

    def refuse(
        self, text: str, status: int, code: int = 0, message: str = "Unavailable"
    ) -> None:
        """Refuse every statement that contains *text* from now on."""
        self._ask("PUT", "/refuse", json.dumps([text, status, code, message]).encode())

    def accept(self) -> None:
        """Refuse nothing any more."""
        self._ask("DELETE", "/refuse")

    def hold(self, text: str) -> None:
        """Let the next statement that contains *text* run no sooner than `release`."""
        self._ask("PUT", "/hold", json.dumps(text).encode())

    def release(self) -> None:
        """Let what is held go on."""
        self._ask("DELETE", "/hold")

    def statements(self) -> int:
        """Return how many statements have run."""
        return int(self._ask("GET", "/statements"))

    def query(self, sql: str, *, database: str = "") -> list[list[str]]:
        """Return the rows that *sql* finds, each value as text."""
        path = f"/?database={database}&default_format=TabSeparated"
        answer = self._ask("POST", path, sql.encode()).decode()
        return [line.split("\t") for line in answer.splitlines()]

    def _ask(self, method: str, path: str, body: bytes | None = None) -> bytes:
        request = urllib.request.Request(self.url + path, data=body, method=method)
        with urllib.request.urlopen(request, timeout=60) as response:
            answer: bytes = response.read()
            return answer
