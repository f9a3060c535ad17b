"""`python -m bench`: run the scenarios and print what they found.

A missed promise is not a failure, but is reported: the machine may be slow. A wrong
result is one: refused requests, lost clicks, a server that does not start.
"""

import argparse
import os
import platform
import shutil
import signal
import sys
import tempfile
import time
from pathlib import Path
from types import FrameType

from bench.plan import Plan
from bench.report import Report
from bench.scenarios import SCENARIOS
from bench.servers import BenchError

_INSTALL = "  Debian: apt-get install {0}     macOS: brew install {0}"


def main() -> int:
    """Run the scenarios that the command line names; return the exit status."""
    options = _parse()
    signal.signal(signal.SIGTERM, _stop)
    report = Report()
    wrk, nginx = _find("wrk"), _find("nginx")
    _report_what_is_missing(wrk, nginx)
    with tempfile.TemporaryDirectory(prefix="waypost-bench-") as folder:
        plan = Plan(
            rounds=options.rounds,
            seconds=options.seconds,
            folder=Path(folder),
            wrk=wrk or "",
            nginx=nginx,
        )
        try:
            for name in options.scenarios or SCENARIOS:
                if wrk or not SCENARIOS[name].needs_wrk:
                    _measure(name, plan, report)
        except KeyboardInterrupt:
            print("\nStopped. This is what was measured until now:")
            report.errors.append("stopped before the end")
    print(f"\n{_machine()}\n\n{report.table()}")
    if options.json:
        options.json.write_text(report.as_json() + "\n")
    return 1 if report.errors else 0


def _parse() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    parser.add_argument(
        "scenarios",
        nargs="*",
        metavar="scenario",
        help=f"{', '.join(SCENARIOS)} (default: all)",
    )
    parser.add_argument(
        "--rounds", type=_positive, default=5, help="rounds per scenario (default: 5)"
    )
    parser.add_argument(
        "--seconds", type=_positive, default=4, help="seconds per round (default: 4)"
    )
    parser.add_argument("--json", type=Path, metavar="FILE", help="write all values")
    options = parser.parse_args()
    unknown = [name for name in options.scenarios if name not in SCENARIOS]
    if unknown:
        parser.error(f"there is no scenario {unknown[0]!r}")
    return options


def _positive(text: str) -> int:
    number = int(text)
    if not 1 <= number <= 3600:
        raise argparse.ArgumentTypeError(f"{text} is not between 1 and 3600")
    return number


def _find(program: str) -> str | None:
    # Debian installs nginx where only root looks.
    path = os.pathsep.join([os.environ.get("PATH", os.defpath), "/usr/sbin"])
    return shutil.which(program, path=path)


def _report_what_is_missing(wrk: str | None, nginx: str | None) -> None:
    if wrk is None:
        left_out = [name for name, one in SCENARIOS.items() if one.needs_wrk]
        print(f"wrk is missing, so these are left out: {', '.join(left_out)}.")
        print(_INSTALL.format("wrk"))
    if nginx is None:
        print("nginx is missing, so there is nothing to compare with.")
        print(_INSTALL.format("nginx"))


def _measure(name: str, plan: Plan, report: Report) -> None:
    print(f"{name}:", flush=True)
    begin = time.monotonic()
    try:
        SCENARIOS[name].measure(plan, report)
    except BenchError as error:
        print(f"  {error}")
        report.errors.append(f"{name}: {str(error).splitlines()[0]}")
    print(f"  took {time.monotonic() - begin:.0f} s", flush=True)


def _machine() -> str:
    cores = os.cpu_count()
    return f"Python {platform.python_version()}, {platform.system()}, {cores} cores"


def _stop(_signal: int, _frame: FrameType | None) -> None:
    raise KeyboardInterrupt


if __name__ == "__main__":
    sys.exit(main())
