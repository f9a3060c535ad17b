"""Several servers on one port, each a process of its own with a journal of its own.

The supervisor holds the listening socket: connections wait in it while a worker that
died is started again. Every worker writes below its own folder in `DATA_DIR`.
"""

import asyncio
import os
import signal
import sys
from collections.abc import Mapping
from functools import partial

import structlog

from waypost.config import Settings
from waypost.processes.running.listener import FIRST_HANDED_DOWN, LISTEN_FDS, listen
from waypost.processes.running.logs import configure_logs
from waypost.processes.running.restarting import keep_running
from waypost.processes.running.signals import on_signal

STOP_SECONDS = 15.0
"""How long workers may take to stop before they are killed."""

# The socket must be number 3 in the worker, not the number that it has here. On Linux a
# worker gets SIGTERM when its supervisor has died, instead of keeping the port.
_LAUNCH = """\
import ctypes, os, signal, sys
os.dup2(int(sys.argv[1]), int(sys.argv[2]))
if sys.platform == "linux":
    PR_SET_PDEATHSIG = 1
    ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGTERM)
os.execv(sys.executable, [sys.executable, "-m", "waypost", "serve"])
"""

_log = structlog.get_logger()


def run(settings: Settings, *, workers: int) -> None:
    """Serve with *workers* processes until a signal comes.

    Raises:
        CannotListenError: The port cannot be had.
    """
    configure_logs(settings)
    with listen(settings.HOST, settings.PORT) as listener:
        asyncio.run(_supervise(settings, workers, listener.fileno()))


async def _supervise(settings: Settings, workers: int, listener: int) -> None:
    stopping = asyncio.Event()
    on_signal(stopping.set)
    async with asyncio.TaskGroup() as group:
        for number in range(1, workers + 1):
            environment = _environment(settings, number)
            group.create_task(_keep(number, environment, listener, stopping))
    _log.info("workers.stopped")


def _environment(settings: Settings, number: int) -> dict[str, str]:
    """Return the environment of worker *number*: ours, with its own folder."""
    ours = {
        "HOST": settings.HOST,
        "PORT": str(settings.PORT),
        "BASE_URL": settings.base_url,
        "LOG_LEVEL": settings.LOG_LEVEL,
        "DATA_DIR": str(settings.DATA_DIR.absolute() / f"worker-{number}"),
        "DATABASE_URL": settings.database_url,
        LISTEN_FDS: "1",
    }
    return {**os.environ, **ours}


async def _keep(
    number: int,
    environment: Mapping[str, str],
    listener: int,
    stopping: asyncio.Event,
) -> None:
    """Run worker *number*, again whenever it ends, until *stopping*."""

    def note_end(code: int | None, seconds: float) -> None:
        _log.error("workers.ended", worker=number, code=code, again_in=seconds)

    await keep_running(
        partial(_run_once, environment, listener, stopping, is_first=number == 1),
        stopping=stopping,
        on_end=note_end,
    )


async def _run_once(
    environment: Mapping[str, str],
    listener: int,
    stopping: asyncio.Event,
    *,
    is_first: bool,
) -> int:
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-c", _LAUNCH, str(listener), str(FIRST_HANDED_DOWN)),
        env=environment,
        pass_fds=[listener],
        # Only one of them prints where the server is.
        stdout=None if is_first else asyncio.subprocess.DEVNULL,
        # Ctrl-C in a terminal goes to all of its processes: the supervisor passes it
        # on.
        start_new_session=True,
    )
    ended = asyncio.create_task(process.wait())
    stopped = asyncio.create_task(stopping.wait())
    await asyncio.wait({ended, stopped}, return_when=asyncio.FIRST_COMPLETED)
    stopped.cancel()
    if not ended.done():
        process.send_signal(signal.SIGTERM)
        await asyncio.wait({ended}, timeout=STOP_SECONDS)
    if not ended.done():
        process.kill()
    return await ended
