"""`python -m cluster`: run the whole distributed product here until Ctrl-C.

`python -m cluster down` stops what another terminal runs from this working copy.
"""

import argparse
import signal
import sys
from pathlib import Path

from cluster.console import Console
from cluster.overview import overview
from cluster.register import take_down
from cluster.servers.ports import accepts
from cluster.servers.programs import MissingServerError
from cluster.servers.server import ServerFailedError
from cluster.session import session

_USUAL_PORT = 8000


def main() -> int:
    """Do what the command line says; return the exit status."""
    options = _parse()
    if options.command == "down":
        return _down()
    if options.port and accepts(options.port):
        print(f"Port {options.port} is in use by another program.", file=sys.stderr)
        return 2
    try:
        _up(options)
    except (MissingServerError, ServerFailedError) as error:
        print(error, file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("* Everything has stopped.")
    return 0


def _up(options: argparse.Namespace) -> None:
    console = Console()
    port = options.port or (None if accepts(_USUAL_PORT) else _USUAL_PORT)
    with session(
        console, keep=options.keep_data, port=port, show_logs=not options.quiet
    ) as running:
        table = overview(running.cluster)
        console.show(f"\n{table}\n\n  Ctrl-C stops everything.\n")
        while True:
            signal.pause()


def _down() -> int:
    said = list(take_down())
    print("\n".join(said) or "No cluster runs from this working copy.")
    return 0


def _parse() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m cluster", description=__doc__)
    parser.add_argument(
        "command", nargs="?", choices=("up", "down"), default="up", help="default: up"
    )
    parser.add_argument(
        "--quiet", action="store_true", help="do not show what the processes log"
    )
    parser.add_argument(
        "--keep-data",
        type=Path,
        metavar="DIR",
        help="keep all data in DIR for the next time (default: throw them away)",
    )
    parser.add_argument(
        "--port", type=int, help=f"nginx's port (default: {_USUAL_PORT}, or a free one)"
    )
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
