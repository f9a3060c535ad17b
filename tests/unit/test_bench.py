"""The benchmark reads, judges and prints its figures rightly."""

import json
import math

import pytest
from bench.load.walk import is_complete
from bench.load.wrk import parse
from bench.report import Report
from bench.servers import BenchError

WRK_OUTPUT = """Running 4s test @ http://127.0.0.1:8000
  1 threads and 64 connections
  Thread Stats   Avg      Stdev     Max   +/- Stdev
    Latency     3.71ms    1.20ms  20.11ms   90.12%
    Req/Sec    17.01k     1.11k   18.98k    70.00%
  68000 requests in 4.00s, 12.00MB read
Requests/sec:  17000.00
{"requests": 68000, "seconds": 4.000000, "p50_ms": 3.71, "p99_ms": 9.250000, """
WRK_OUTPUT += '"broken": 2, "refused": 5}\n'

ANSWER = (
    b"HTTP/1.1 307 Temporary Redirect\r\nLocation: https://example.com/\r\n"
    b"Content-Length: 5\r\n\r\nmoved"
)


def test_wrk_report_is_read() -> None:
    """The script's line is found below wrk's own summary, with its rate."""
    result = parse(WRK_OUTPUT)
    assert (result.requests, result.rate) == (68000, 17000.0)
    assert (result.p50_ms, result.p99_ms) == (3.71, 9.25)
    assert (result.broken, result.refused) == (2, 5)


@pytest.mark.parametrize(
    "output", ["", "unable to connect\n", WRK_OUTPUT.replace("68000", "0")]
)
def test_a_run_without_answers_is_an_error(output: str) -> None:
    """No rate is made up when wrk reached no server."""
    with pytest.raises(BenchError):
        parse(output)


def test_an_answer_is_complete_with_its_last_byte_only() -> None:
    """However an answer is cut on its way, its end is not seen too early."""
    cuts = range(1, len(ANSWER))
    assert {False} == {is_complete(ANSWER[:cut]) for cut in cuts}
    assert is_complete(ANSWER)


@pytest.mark.parametrize("answer", [b"", b"HTTP/1.1 404 Not Found\r\n\r\n", b"x"])
def test_only_redirects_are_measured(answer: bytes) -> None:
    """Anything else than a 307 stops the benchmark."""
    with pytest.raises(BenchError):
        is_complete(answer)


def test_promises_are_judged_by_the_median() -> None:
    """One slow round breaks no promise, and what was not measured keeps none."""
    report = Report()
    report.add("rate", [100.0, 500.0, 400.0], at_least=400)
    report.add("wait", [1.0, 3.0, 9.0], at_most=2)
    report.add("unknown", [math.nan], at_most=2)
    report.add("free", [1.0])
    assert [one.kept for one in report.figures] == [True, False, None, None]


def test_the_table_fits_and_judges_each_promise() -> None:
    """The table stays within 80 columns, with figure, range, promise and verdict."""
    report = Report()
    report.add("redirects/s", [123456.0, 654321.0, 200000.0], at_least=9000)
    report.add("  p99 at this rate, waypost, ms", [3.5], form=".2f", at_most=2)
    table = report.table()
    assert max(map(len, table.splitlines())) <= 80
    for part in ("200,000 (123,456-654,321)", ">= 9,000  ok", "<= 2.00   MISSED"):
        assert part in table


@pytest.mark.parametrize(
    ("stored", "fails"), [(99, True), (100, False), (164, False), (165, True)]
)
def test_lost_or_doubled_clicks_fail_the_run(stored: int, *, fails: bool) -> None:
    """Fewer clicks than answers are an error, and more than were under way as well."""
    report = Report()
    report.compare("redirects", answered=100, stored=stored, cut_off=64)
    assert fails == bool(report.errors)


def test_json_has_every_round() -> None:
    """Programs get all values, and null for what could not be measured."""
    report = Report()
    report.add("p99", [1.0, 3.0], at_most=2)
    report.add("resident", [math.nan])
    first, second = json.loads(report.as_json())["figures"]
    assert (first["values"], first["median"], first["kept"]) == ([1.0, 3.0], 2.0, True)
    assert second["median"] is None
