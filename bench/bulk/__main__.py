"""Make links together: over HTTP, or by the service alone.

    python -m bench.bulk [--links NUMBER] [--rounds NUMBER] [--against FOLDER]
        [--stores SQLite PostgreSQL] [--forms stream lists]
    python -m bench.bulk --service [--profile]

On SQLite and on PostgreSQL (durable), both in temporary folders, each time with an
empty database. The processor's time says more than the rate on a busy machine. With
`--against` the code in the folder `src` of another checkout is measured in turns.
`--profile` prints where the time of the service goes on SQLite.
"""

import argparse
from collections import defaultdict
from collections.abc import Sequence
from itertools import product
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

from cluster.servers.postgres import PostgresServer

from bench.bulk.service import by_service
from bench.bulk.serving import FORMS, Figures, Release, this_release

_POSTGRES: Final = "PostgreSQL"
_STORES: Final = ("SQLite", _POSTGRES)


def _over_http(
    folder: Path,
    *,
    options: argparse.Namespace,
    releases: Sequence[Release],
    postgres: PostgresServer,
) -> None:
    found: defaultdict[tuple[str, str, str], list[Figures]] = defaultdict(list)
    rounds = product(range(options.rounds), options.stores, options.forms, releases)
    for turn, store, form, release in rounds:
        place = folder / f"{turn}-{store}-{form}-{release.name}"
        figures = release.measure(
            form,
            options.links,
            folder=place,
            postgres=postgres if store == _POSTGRES else None,
        )
        found[store, form, release.name].append(figures)
    for key, several in found.items():
        _print(key, several)


def _print(key: tuple[str, str, str], several: Sequence[Figures]) -> None:
    middle = Figures.medians(several)
    used = sorted(one.used for one in several)
    print(
        f"{' '.join(key):<26}{middle.rate:>7,.0f} links/s;  us a link: "
        f"{middle.loop:5.1f} loop  {middle.others:5.1f} other threads  "
        f"{middle.database:5.1f} PostgreSQL  {middle.used:6.1f} in all "
        f"({used[0]:.1f} to {used[-1]:.1f})"
    )


def _measure(folder: Path, options: argparse.Namespace) -> None:
    postgres = PostgresServer(folder, durable=True)
    postgres.start()
    try:
        postgres.wait_until_ready()
        if options.service or options.profile:
            by_service(
                folder, options.links, url=postgres.url, is_profiled=options.profile
            )
            return
        releases = [this_release()]
        if options.against:
            releases.insert(0, Release("other", options.against.resolve() / "src"))
        _over_http(
            folder,
            options=options,
            releases=releases,
            postgres=postgres,
        )
    finally:
        postgres.stop()


def main() -> None:
    """Run the command."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--links", type=int, default=100_000)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--stores", nargs="+", choices=_STORES, default=_STORES)
    parser.add_argument("--forms", nargs="+", choices=[*FORMS], default=[*FORMS])
    parser.add_argument("--against", type=Path, metavar="FOLDER")
    parser.add_argument("--service", action="store_true")
    parser.add_argument("--profile", action="store_true")
    options = parser.parse_args()
    with TemporaryDirectory() as folder:
        _measure(Path(folder), options)


if __name__ == "__main__":
    main()
