"""Start a process of the product, and report in one sentence why it cannot run."""

from importlib import import_module

from waypost.cli.errors import readable_errors
from waypost.config import Settings, unknown_names
from waypost.processes.running.logs import configure_logs
from waypost.wiring.requirements import check_process, require_shared_database


def launch(name: str, settings: Settings, *, workers: int = 1) -> None:
    """Run the process called *name* until a signal ends it.

    Raises:
        CommandError: It cannot run with these settings, or on this machine.
    """
    with readable_errors():
        check_process(name, settings)
        _warn_of_unknown_names(settings)
        if name == "serve":
            _serve(settings, workers)
        else:
            # Each process imports only what it needs, so none is imported here.
            import_module(f"waypost.processes.{name}").run(settings)


def _warn_of_unknown_names(settings: Settings) -> None:
    """Log names in the files of settings that are not settings: they have no effect."""
    unknown = unknown_names()
    if unknown:
        configure_logs(settings)
        # Not above the others, which have to load it in their own way.
        import structlog

        structlog.get_logger().warning(
            "settings.unknown",
            names=", ".join(one.name for one in unknown),
            files=", ".join(dict.fromkeys(one.file for one in unknown)),
            perhaps_meant=", ".join(
                f"{one.nearest} for {one.name}" for one in unknown if one.nearest
            ),
        )


def _serve(settings: Settings, workers: int) -> None:
    if workers == 1:
        import_module("waypost.processes.app").run(settings)
        return
    require_shared_database(settings, who="`waypost serve --workers`")
    from waypost.wiring.parts.embedded import require_nothing_left_behind

    # Here, because each worker has a folder of its own, where no links are.
    require_nothing_left_behind(settings)
    import_module("waypost.processes.running.workers").run(settings, workers=workers)
