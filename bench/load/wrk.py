"""Run wrk, a closed-loop load generator, and read what its script reports.

Closed loop: every connection sends its next request when the last one is answered, so
wrk finds the highest rate a server can hold. Its percentiles are those of a server at
full load; the wait at a usual load is measured with visitors who pause.
"""

import json
import subprocess
from dataclasses import dataclass
from pathlib import Path

from bench.servers import BenchError

CONNECTIONS = 64

BROWSER_HEADERS = {
    "User-Agent": "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 "
    "(KHTML, like Gecko) Chrome/131.0.0.0 Safari/537.36",
    "Accept": "text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,"
    "image/webp,image/apng,*/*;q=0.8,application/signed-exchange;v=b3;q=0.7",
    "Accept-Language": "en-GB,en;q=0.9,de;q=0.8",
    "Accept-Encoding": "gzip, deflate, br, zstd",
    "Referer": "https://news.example.org/2024/spring/the-article-with-the-link",
    "Sec-Fetch-Site": "cross-site",
    "Sec-Fetch-Mode": "navigate",
    "Sec-Fetch-Dest": "document",
    "Sec-Fetch-User": "?1",
    "Upgrade-Insecure-Requests": "1",
}
"""What Chrome sends when a visitor follows a link, besides `Host`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class WrkResult:
    """One run of wrk."""

    requests: int
    """Answers that wrk has read."""
    seconds: float
    p50_ms: float
    p99_ms: float
    broken: int
    """Connections that failed, and requests without an answer for long."""
    refused: int
    """Answers with a status of 400 or more; they are among `requests`."""

    @property
    def rate(self) -> float:
        """Answers per second."""
        return self.requests / self.seconds


def follow(wrk: str, url: str, *, codes: Path, seconds: int) -> WrkResult:
    """Follow the short codes in the file *codes* like a browser, one after another."""
    headers = [f"-H{name}: {value}" for name, value in BROWSER_HEADERS.items()]
    options = [f"-c{CONNECTIONS}", _script("requests.lua"), *headers]
    return _run(wrk, url, options, ["follow", str(codes)], seconds=seconds)


def visit(wrk: str, url: str, *, codes: Path, seconds: int, rate: float) -> WrkResult:
    """Follow *codes* at about *rate* requests per second: visitors who pause.

    The pauses are random (exponential), and wrk takes them to the millisecond.
    """
    headers = [f"-H{name}: {value}" for name, value in BROWSER_HEADERS.items()]
    pause_ms = CONNECTIONS / rate * 1000
    arguments = ["follow", str(codes), f"{pause_ms:.3f}"]
    options = [f"-c{CONNECTIONS}", _script("visitors.lua"), *headers]
    return _run(wrk, url, options, arguments, seconds=seconds)


def create(
    wrk: str, url: str, *, word: str, connections: int, seconds: int
) -> WrkResult:
    """Shorten URLs that contain *word*, a different one with each request."""
    options = [f"-c{connections}", _script("requests.lua")]
    return _run(wrk, url, options, ["create", word], seconds=seconds)


def parse(output: str) -> WrkResult:
    """Return what the script's line in wrk's *output* says.

    Raises:
        BenchError: There is no such line, or the server answered nothing.
    """
    reports = [line for line in output.splitlines() if line.startswith("{")]
    if not reports:
        raise BenchError(f"wrk reported nothing:\n{output[-1000:]}")
    result = WrkResult(**json.loads(reports[-1]))
    if result.requests == 0:
        raise BenchError(f"The server answered nothing to wrk:\n{output[-1000:]}")
    return result


def _script(name: str) -> str:
    return f"-s{Path(__file__).with_name(name)}"


def _run(
    wrk: str,
    url: str,
    options: list[str],
    arguments: list[str],
    *,
    seconds: int,
) -> WrkResult:
    # By itself wrk counts an answer that took more than 2 s as an error.
    fixed = ["-t1", f"-d{seconds}s", "--timeout=30s"]
    done = subprocess.run(
        [wrk, *fixed, *options, url, "--", *arguments],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=seconds + 30,
        check=False,
    )
    return parse(done.stdout)
