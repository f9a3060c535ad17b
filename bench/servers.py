"""Start, watch and stop the servers that are measured."""

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from cluster.servers.http import status_of

HOST = "127.0.0.1"
TARGET = "https://www.example.com/articles/2024/spring-sale?utm_source=newsletter&item="
SERVE = (sys.executable, "-m", "waypost", "serve")
MAKE_RUN = ("make", "--silent", "-C", str(Path(__file__).parents[1]), "run")

_START_SECONDS = 60.0
_STOP_SECONDS = 20.0
_NGINX_CONF = """
worker_processes 1; daemon off; pid {folder}/nginx.pid; error_log stderr crit;
events {{ worker_connections 1024; }}
http {{
  access_log off; keepalive_timeout 1h; keepalive_requests 1000000000;
  client_body_temp_path {folder}/b; proxy_temp_path {folder}/p;
  fastcgi_temp_path {folder}/f; uwsgi_temp_path {folder}/u; scgi_temp_path {folder}/s;
  server {{ listen {host}:{port}; return 307 {target}1; }}
}}
"""


class BenchError(Exception):
    """The benchmark cannot go on, or has found a wrong result; the text says which."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Server:
    """A running server."""

    pid: int
    port: int

    @property
    def url(self) -> str:
        """Where it listens, without a slash at the end."""
        return f"http://{HOST}:{self.port}"


@contextmanager
def waypost(
    data: Path,
    *,
    command: Sequence[str] = SERVE,
    first: str = "health",
    status: int = 200,
) -> Iterator[Server]:
    """Run Waypost on the folder *data*, from when `/first` is answered with *status*.

    Raises:
        BenchError: It did not start, or did not stop.
    """
    port, log = _free_port(), data / "server.log"
    env = environment(data) | {"HOST": HOST, "PORT": str(port)}
    with _process(command, env=env, log=log) as process:
        _wait(process, port, f"/{first}", status, log=log)
        yield Server(pid=process.pid, port=port)


@contextmanager
def nginx(program: str, folder: Path) -> Iterator[Server]:
    """Run nginx with one worker that answers every request with the same redirect.

    Raises:
        BenchError: It did not start, or did not stop.
    """
    folder.mkdir()
    port, conf, log = _free_port(), folder / "nginx.conf", folder / "nginx.log"
    conf.write_text(
        _NGINX_CONF.format(folder=folder, host=HOST, port=port, target=TARGET)
    )
    command = [program, "-p", str(folder), "-c", str(conf)]
    with _process(command, env=dict(os.environ), log=log) as process:
        _wait(process, port, "/", 307, log=log)
        yield Server(pid=process.pid, port=port)


def environment(data: Path) -> dict[str, str]:
    """Return an environment for Waypost on *data* that no other setting gets into."""
    kept = {name: os.environ[name] for name in ("PATH", "HOME") if name in os.environ}
    return kept | {
        "DATA_DIR": str(data),
        "DATABASE_URL": f"sqlite:///{data / 'waypost.db'}",
        "LOG_LEVEL": "WARNING",
    }


def _free_port() -> int:
    with socket.create_server((HOST, 0)) as probe:
        port: int = probe.getsockname()[1]
    return port


@contextmanager
def _process(
    command: Sequence[str], *, env: dict[str, str], log: Path
) -> Iterator[subprocess.Popen[bytes]]:
    # A session of its own: Ctrl-C reaches the benchmark only, which then stops it.
    with log.open("wb") as output:
        process = subprocess.Popen(
            command,
            cwd=log.parent,
            env=env,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    try:
        yield process
    finally:
        _stop(process)


def _stop(process: subprocess.Popen[bytes]) -> None:
    with suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGTERM)
    try:
        process.wait(_STOP_SECONDS)
    except subprocess.TimeoutExpired:
        os.killpg(process.pid, signal.SIGKILL)
        raise BenchError(
            f"{process.args!r} did not stop within {_STOP_SECONDS:.0f} s."
        ) from None


def _wait(
    process: subprocess.Popen[bytes], port: int, path: str, status: int, *, log: Path
) -> None:
    deadline = time.monotonic() + _START_SECONDS
    while status_of(port, path, seconds=5) != status:
        if process.poll() is not None or time.monotonic() > deadline:
            said = log.read_text(errors="replace")[-1000:]
            raise BenchError(f"{path} was not answered with {status}:\n{said}")
        time.sleep(0.005)
