"""Start a process of the product, and tell in one sentence why it cannot run."""

from importlib import import_module

from waypost.cli.readable import readable_errors
from waypost.config import Settings
from waypost.wiring.requirements import check_process, require_shared_database


def launch(name: str, settings: Settings, *, workers: int = 1) -> None:
    """Run the process called *name* until a signal ends it.

    Raises:
        CommandError: It cannot run with these settings, or on this machine.
    """
    with readable_errors():
        check_process(name, settings)
        if name == "serve":
            _serve(settings, workers)
        else:
            # Each process imports only what it needs, so none is imported here.
            import_module(f"waypost.processes.{name}").run(settings)


def _serve(settings: Settings, workers: int) -> None:
    if workers == 1:
        import_module("waypost.processes.app").run(settings)
        return
    require_shared_database(settings, who="`waypost serve --workers`")
    import_module("waypost.processes.workers").run(settings, workers=workers)
