"""`python -m cluster.chaos`: hurt a cluster under load, then count every click.

Ends with 0 if every promise was kept. What goes wrong is chosen by the seed that is
printed first: the same seed hurts the same processes in the same order.
"""

import argparse
import asyncio
import random
import sys
import time
from pathlib import Path

from cluster.chaos.run import SETTINGS, Limits, run_chaos
from cluster.console import Console
from cluster.servers.programs import MissingServerError
from cluster.servers.server import ServerFailedError
from cluster.session import session


def main() -> int:
    """Run it as the command line says; return the exit status."""
    options = _parse()
    seed = (
        random.SystemRandom().randrange(10_000)
        if options.seed is None
        else options.seed
    )
    console = Console()
    console.show(f"Chaos with seed {seed}: --seed {seed} chooses the same again.")
    try:
        return _run(console, options, seed)
    except (MissingServerError, ServerFailedError) as error:
        print(error, file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("Stopped before the end; nothing was checked.", file=sys.stderr)
        return 130


def _run(console: Console, options: argparse.Namespace, seed: int) -> int:
    limits = Limits(rounds=options.rounds, seconds=options.seconds, rate=options.rate)
    with session(
        console,
        keep=options.keep_data,
        port=None,
        show_logs=options.logs,
        settings=SETTINGS,
    ) as running:
        begin = time.monotonic()
        wrong = asyncio.run(
            run_chaos(running.cluster, limits=limits, seed=seed, report=console.show)
        )
        console.show(f"It took {time.monotonic() - begin:.0f} s.")
        if wrong:
            # A search for the cause needs the logs and the data.
            running.folder.temporary = False
            console.show(f"Data and logs are kept: {running.folder.path}")
    console.show("A PROMISE WAS BROKEN." if wrong else "Every promise was kept.")
    return 1 if wrong else 0


def _parse() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="python -m cluster.chaos", description=__doc__
    )
    parser.add_argument("--rounds", type=int, metavar="N", help="end after N rounds")
    parser.add_argument(
        "--seconds",
        type=float,
        metavar="S",
        help="begin no round after S seconds (default: 120, or none with --rounds)",
    )
    parser.add_argument("--seed", type=int, help="choose as another run did")
    parser.add_argument(
        "--rate", type=float, default=300, help="requests a second (default: 300)"
    )
    parser.add_argument(
        "--logs", action="store_true", help="show what the processes log"
    )
    parser.add_argument(
        "--keep-data", type=Path, metavar="DIR", help="keep data and logs in DIR"
    )
    options = parser.parse_args()
    if options.rounds is None and options.seconds is None:
        options.seconds = 120.0
    return options


if __name__ == "__main__":
    sys.exit(main())
