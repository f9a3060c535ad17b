"""What visitors notice of clients that pipeline requests and read no answer."""

import socket
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress

from bench.database import with_links
from bench.plan import Plan, progress
from bench.report import Report
from bench.servers import HOST, Server, waypost
from bench.usage import usage_of

CLIENTS = 100
BYTES = 1_000_000
REST_SECONDS = 5.0
"""How long the server has after the flood to give back its memory."""


def flood(plan: Plan, report: Report) -> None:
    """Flood the server once per round, and visit it meanwhile."""
    data = plan.folder / "flood"
    code = with_links(data, number=1)[0]
    waits: list[float] = []
    with waypost(data) as server:
        visit(server, code, times=2_000)
        before = usage_of(server.pid).resident_mb
        for number in range(1, plan.rounds + 1):
            with _flooded(server, code):
                found = visit(server, code, seconds=plan.seconds)
            waits += found
            worst = f"{max(found) * 1000:.0f} ms"
            progress(f"flood {number} of {plan.rounds}", {"longest wait": worst})
        time.sleep(REST_SECONDS)
        after = usage_of(server.pid)
    waits.sort()
    p50, p99 = (waits[int(len(waits) * share)] * 1000 for share in (0.5, 0.99))
    report.add("visits during a flood, p50, ms", [p50], form=".2f", at_most=20)
    report.add("  p99, ms", [p99], form=".1f")
    report.add("  longest, ms", [waits[-1] * 1000], form=".0f", at_most=1000)
    growth = after.resident_mb - before
    report.add("  resident more than before, MB", [growth], form=".1f", at_most=40)
    report.add("  peak, MB", [after.peak_mb], form=".0f")


@contextmanager
def _flooded(server: Server, code: str) -> Iterator[None]:
    """Send requests on many connections meanwhile, and read nothing."""
    ask = f"GET /{code} HTTP/1.1\r\nHost: x\r\n\r\n".encode()
    data = ask * (BYTES // len(ask))
    with ExitStack() as stack:
        clients = [
            stack.enter_context(socket.create_connection((HOST, server.port)))
            for _ in range(CLIENTS)
        ]
        threads = [
            threading.Thread(target=_send, args=(client, data), daemon=True)
            for client in clients
        ]
        for thread in threads:
            thread.start()
        yield
        for client in clients:
            with suppress(OSError):
                client.shutdown(socket.SHUT_RDWR)
        for thread in threads:
            thread.join()


def _send(client: socket.socket, data: bytes) -> None:
    with suppress(OSError):
        client.sendall(data)


def visit(
    server: Server, code: str, *, times: int = 1_000_000, seconds: float = 60.0
) -> list[float]:
    """Follow *code* again and again, and return how long each answer took."""
    ask = f"GET /{code} HTTP/1.1\r\nHost: x\r\n\r\n".encode()
    waits: list[float] = []
    end = time.monotonic() + seconds
    with socket.create_connection((HOST, server.port)) as visitor:
        while len(waits) < times and time.monotonic() < end:
            begin = time.perf_counter()
            visitor.sendall(ask)
            assert visitor.recv(4096)
            waits.append(time.perf_counter() - begin)
    return waits
