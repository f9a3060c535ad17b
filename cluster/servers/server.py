"""What all servers have in common: their life as a child process."""

import os
import signal
import subprocess
import time
from abc import ABC, abstractmethod
from pathlib import Path
from typing import Self

from cluster.servers.families import freeze_family, is_alive, kill_family, signal_family
from cluster.servers.ports import HOST, free_port
from waypost.processes.running.niceness import yield_processor

_POLL_SECONDS = 0.02


class ServerFailedError(Exception):
    """A server did not start or stop; the text ends with what it said last."""


class Server(ABC):
    """One server with a folder of its own and a loopback port that it keeps.

    What is in the folder survives `stop`, `kill` and `start`; its owner removes it.
    All that the server prints is appended to `log`. All calls block until they are
    carried out.
    """

    start_seconds = 120.0
    """How long it may take until it answers."""
    stop_seconds = 20.0
    """How long it may take to stop before it is killed."""
    stop_signal = signal.SIGTERM
    """What asks it to stop."""

    def __init__(self, folder: Path, *, name: str, port: int | None = None) -> None:
        self.name = name
        self.folder = folder
        self.port = port or free_port()
        self.log = folder / f"{name}.log"
        self._process: subprocess.Popen[bytes] | None = None
        self._stopping: subprocess.Popen[bytes] | None = None
        self._prepared = False
        self.niceness = 0
        """How much it yields to others on this machine once it answers, 19 at most."""

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, *exc_info: object) -> None:
        self.stop()

    @property
    def address(self) -> str:
        """Host and port."""
        return f"{HOST}:{self.port}"

    @property
    def pid(self) -> int | None:
        """The process that was started, None while there is none."""
        return self._process.pid if self._process is not None else None

    @property
    def is_running(self) -> bool:
        """Whether the process lives; a frozen one does."""
        return self._process is not None and self._process.poll() is None

    @property
    def exit_code(self) -> int | None:
        """How it ended by itself; None if it did not, as after `stop` and `kill`."""
        return self._process.poll() if self._process is not None else None

    def start(self) -> None:
        """Start and wait until it answers; nothing happens if it runs already.

        Raises:
            MissingServerError: Nothing supplies the program.
            ServerFailedError: It ended, or did not answer in time.
        """
        self.launch()
        self.wait_until_ready()

    def launch(self) -> None:
        """Start without waiting; nothing happens if it runs already."""
        if self.is_running:
            return
        self.folder.mkdir(parents=True, exist_ok=True)
        if not self._prepared:
            self.prepare()
            self._prepared = True
        self._process = self._spawn()

    def wait_until_ready(self) -> None:
        """Wait until it answers.

        Raises:
            ServerFailedError: It ended, or did not answer in time.
        """
        deadline = time.monotonic() + self.start_seconds
        while not self.answers():
            if not self.is_running:
                raise ServerFailedError(f"{self.name} ended.\n{self.last_words()}")
            if time.monotonic() > deadline:
                self.kill()
                raise ServerFailedError(
                    f"{self.name} did not answer within {self.start_seconds:.0f} s.\n"
                    f"{self.last_words()}"
                )
            time.sleep(_POLL_SECONDS)
        if self.niceness and self.pid is not None:
            # Not before: where others are busy, a start would take minutes.
            yield_processor(self.niceness, pid=self.pid)

    def ask_to_stop(self) -> None:
        """Ask it to stop, and do not wait; `stop` does, without asking again."""
        # First of all, so that it is not taken for one that ended by itself.
        process, self._process = self._process, None
        if process is not None and process.poll() is None:
            signal_family(process.pid, signal.SIGCONT)
            process.send_signal(self.stop_signal)
            self._stopping = process

    def stop(self) -> None:
        """Ask it to stop, wait, and kill it if it will not; idle if it is not there."""
        self.ask_to_stop()
        process, self._stopping = self._stopping, None
        if process is None:
            return
        try:
            process.wait(self.stop_seconds)
        except subprocess.TimeoutExpired:
            self._kill(process)

    def kill(self) -> None:
        """End it and all its children as a power switch would, and wait for that."""
        process, self._process = self._process, None
        if process is not None and process.poll() is None:
            self._kill(process)

    def freeze(self) -> None:
        """Stop it and its children from running, with all they have open (SIGSTOP)."""
        if self.is_running and self.pid is not None:
            freeze_family(self.pid)

    def thaw(self) -> None:
        """Let it run on after `freeze`."""
        if self.is_running and self.pid is not None:
            signal_family(self.pid, signal.SIGCONT)

    def last_words(self, lines: int = 20) -> str:
        """Return the end of what it printed."""
        if not self.log.exists():
            return ""
        return "\n".join(self.log.read_text(errors="replace").splitlines()[-lines:])

    @abstractmethod
    def command(self) -> list[str]:
        """Return the program and its arguments."""

    @abstractmethod
    def answers(self) -> bool:
        """Return whether it can be used now; bounded to about a second."""

    def handed_down(self) -> tuple[int, ...]:
        """Return the file descriptors that it inherits under the same numbers."""
        return ()

    def let_go(self) -> None:  # noqa: B027 - most servers hold everything themselves
        """Hold nothing for it any more, because it will not be back at once."""

    def prepare(self) -> None:  # noqa: B027 - most servers need nothing
        """Make what the first start needs; called once, the folder is there."""

    def environment(self) -> dict[str, str]:
        """Return its environment."""
        return dict(os.environ)

    def _spawn(self) -> subprocess.Popen[bytes]:
        # A session of its own: Ctrl-C reaches its owner only, which then stops it.
        with self.log.open("ab") as output:
            return subprocess.Popen(
                self.command(),
                cwd=self.folder,
                env=self.environment(),
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,
                pass_fds=self.handed_down(),
            )

    def _kill(self, process: subprocess.Popen[bytes]) -> None:
        members = kill_family(process.pid)
        process.wait(self.stop_seconds)
        self._wait_until_gone(members)

    def _wait_until_gone(self, members: list[int]) -> None:
        deadline = time.monotonic() + self.stop_seconds
        while any(is_alive(pid) for pid in members) and time.monotonic() < deadline:
            time.sleep(_POLL_SECONDS)
