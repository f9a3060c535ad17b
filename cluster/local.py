"""The cluster: started in order, watched, and stopped without leaving anything."""

from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Self

from cluster.database import prepare_database
from cluster.servers.server import Server
from cluster.supervision import Report, Supervisor
from cluster.topology import Size, Topology, plan


def _ignore(*_arguments: object) -> None:
    """Do nothing."""


class Cluster:
    """The distributed product on this machine, its data below *folder*.

    `processes` are its servers by name; each can be stopped, killed, frozen and
    started again. One that ends by itself is started again. The folder is its
    owner's to remove. All calls block until they are carried out.

    *settings* are environment variables of the Waypost processes that win over the
    usual ones; *port* is nginx's; *report* gets what happens, a sentence at a time;
    *on_change* is called whenever a process has been started. What no
    request waits for yields to the rest of this machine by *niceness*, once it answers.
    """

    def __init__(  # noqa: PLR0913 - each is the caller's choice
        self,
        folder: Path,
        *,
        size: Size | None = None,
        port: int | None = None,
        settings: Mapping[str, str] | None = None,
        niceness: int = 0,
        report: Report = _ignore,
        on_change: Callable[[], None] = _ignore,
    ) -> None:
        self.folder = folder.absolute()
        self.topology: Topology = plan(
            self.folder, size=size or Size(), port=port, settings=settings or {}
        )
        self.processes: dict[str, Server] = {
            server.name: server for layer in self.topology.layers() for server in layer
        }
        for server in self.topology.background():
            server.niceness = niceness
        self._added: list[Server] = []
        self._report = report
        self._on_change = on_change
        self._supervisor = self._new_supervisor()

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, *exc_info: object) -> None:
        self.stop()

    @property
    def url(self) -> str:
        """Nginx's URL, where visitors and clients of the API come in."""
        return self.topology.nginx.url

    @property
    def admin_token(self) -> str:
        """The secret that permits changes of links."""
        return self.topology.settings["ADMIN_TOKEN"]

    def start(self) -> None:
        """Start everything in order, each layer when those before it answer.

        Raises:
            ServerFailedError: Something did not start; what ran is stopped again.
        """
        try:
            first, *others = self.topology.layers()
            self._start_layer(first)
            prepare_database(self.topology)
            for layer in others:
                self._start_layer(layer)
        except BaseException:
            self._report("Stopping what has been started.")
            self.stop()
            raise
        self._supervisor.start()

    def stop(self) -> None:
        """Stop everything, those first that others do not need."""
        self._supervisor.stop()
        self._supervisor = self._new_supervisor()
        for layer in reversed(list(self.layers())):
            for server in layer:
                server.ask_to_stop()
            for server in layer:
                server.stop()

    def layers(self) -> Iterator[tuple[Server, ...]]:
        """Yield what may start at once; what was launched beside it comes last."""
        yield from self.topology.layers()
        yield tuple(self._added)

    def launch_beside(self, server: Server) -> None:
        """Start one more server without waiting; it is stopped with the others."""
        self._added.append(server)
        self.processes[server.name] = server
        server.launch()
        self._on_change()

    def restart_waypost(self) -> None:
        """Restart Waypost's own processes, one after the other; no request fails.

        Raises:
            ServerFailedError: One did not come back; those after it run on as before.
        """
        topology = self.topology
        roles = (*topology.keygens, *topology.apps, *topology.ingests, topology.warmer)
        for process in roles:
            process.restart()
            self._on_change()
            self._report(f"{process.name} has been restarted.")

    def _start_layer(self, layer: tuple[Server, ...]) -> None:
        for server in layer:
            server.launch()
            self._on_change()
        for server in layer:
            server.wait_until_ready()
            self._report(f"{server.name} answers on port {server.port}.")

    def _new_supervisor(self) -> Supervisor:
        return Supervisor(
            self.processes.values(), report=self._report, on_restart=self._on_change
        )
