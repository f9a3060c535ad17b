"""What all scenarios share: how long, with which programs, against which servers."""

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

from bench.servers import Server, nginx, waypost


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """How long to measure, in which folder, and with which programs."""

    rounds: int
    seconds: int
    folder: Path
    wrk: str
    nginx: str | None
    """None where it is not installed."""

    @contextmanager
    def sides(self, data: Path) -> Iterator[dict[str, Server]]:
        """Run nginx, if there is one, and Waypost on *data*, in this order."""
        with ExitStack() as stack:
            servers: dict[str, Server] = {}
            if self.nginx:
                folder = data.with_name(f"{data.name}-nginx")
                servers["nginx"] = stack.enter_context(nginx(self.nginx, folder))
            servers["waypost"] = stack.enter_context(waypost(data))
            yield servers


def progress(step: str, found: dict[str, str]) -> None:
    """Print what one round found, at once."""
    results = ", ".join(f"{name} {text}" for name, text in found.items())
    print(f"  {step}: {results}", flush=True)
