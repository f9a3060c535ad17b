"""What a line of a blocklist covers, and that reading and asking stay cheap."""

import os
import time
import tracemalloc

import pytest

from waypost.adapters.local import IdnaHostNames
from waypost.domain.abuse.blocklists import (
    MAX_OPEN_PATTERNS,
    NOTHING_BLOCKED,
    Blocklist,
    BlocklistReader,
    WrongLine,
    read_lines,
)
from waypost.domain.abuse.patterns import Glob
from waypost.domain.abuse.shorteners import KNOWN_SHORTENERS, SHORTENERS

TO_ASCII = IdnaHostNames().to_ascii
HOSTS = int(os.environ.get("BLOCKLIST_HOSTS", "2000"))
"""1,000,000 for the figures in `docs/howto/stop-abuse.md`."""


def blocklist(*lines: str) -> Blocklist:
    """Return what *lines* say."""
    return read_lines(lines, to_ascii=TO_ASCII)


@pytest.mark.parametrize(
    ("line", "covered", "free"),
    [
        ("bad.example", ["https://bad.example/", "http://a.b.bad.example:8080/x"], []),
        ("bad.example", ["HTTPS://BAD.example./"], ["https://notbad.example/"]),
        ("bad.example # why", ["https://bad.example/"], ["https://example/"]),
        ("BAD.example.", ["https://bad.example/"], ["https://bad.example.org/"]),
        ("büse.example", ["https://xn--bse-hoa.example/"], []),
        ("203.0.113.7", ["http://203.0.113.7/"], ["http://1.203.0.113.7/"]),
        ("7.0.113.203", [], ["http://203.0.113.7/"]),
        ("[2001:db8::1]", ["http://[2001:db8::1]:80/x"], ["http://[2001:db8::2]/"]),
        ("0.0.0.0 bad.example", ["https://bad.example/"], ["http://0.0.0.0/"]),
        ("127.0.0.1 localhost", [], ["http://localhost/"]),
        ("||bad.example^", ["https://x.bad.example/"], []),
        (
            "a.example/in/*",
            ["https://a.example/in/", "https://b.a.example/in/x?y=1"],
            ["https://a.example/In/", "https://a.example/x/in/"],
        ),
        (
            "a.example/in/*",
            [
                "https://a.example/./in/x",
                "https://a.example/y/%2e./in/",
                "https://a.example/%69n/x",
            ],
            ["https://a.example/y?/../in/", "https://a.example/in%2Fx"],
        ),
        ("a.example/%69n", ["https://a.example/%69n"], ["https://a.example/in"]),
        ("a.example/x", ["https://a.example/x#y"], ["https://a.example/x?y"]),
        ("https://a.example/", ["http://a.example"], ["https://a.example/x"]),
        ("a.example/*token=*", ["https://a.example?token=1"], ["https://a.example/"]),
        ("*-login.example", ["https://my-login.example/x"], ["https://login.example/"]),
        ("*.tk/*login*", ["https://a.tk/x/login.php"], ["https://a.tk/"]),
        ("# bad.example", [], ["https://bad.example/"]),
        ("! bad.example", [], ["https://bad.example/"]),
        ("", [], ["https://bad.example/", "mailto:a@bad.example"]),
    ],
)
def test_lines(line: str, covered: list[str], free: list[str]) -> None:
    """A host covers those below it; a pattern is matched as a whole."""
    found = blocklist(line)
    for target in covered:
        assert found.entry_of(target) is not None, target
    for target in free:
        assert found.entry_of(target) is None, target


@pytest.mark.parametrize(
    "line",
    [
        "<!doctype html>",
        "a b",
        "*",
        "*.*",
        "a..example",
        "a.example/ü",
        "a.example/x y",
    ],
)
def test_wrong_lines(line: str) -> None:
    """They are refused with a reason, so that a page of errors is no list."""
    with pytest.raises(WrongLine):
        blocklist(line)


def test_open_patterns_are_few() -> None:
    """Each is compared with every URL."""
    reader = BlocklistReader(to_ascii=TO_ASCII)
    for number in range(MAX_OPEN_PATTERNS):
        reader.read(f"*a{number}.example")
    with pytest.raises(WrongLine, match="more than"):
        reader.read("*one-more.example")


def test_fingerprints() -> None:
    """Order and comments make no difference; every entry does."""
    one = blocklist("a.example", "b.example/x", "*c.example")
    other = blocklist("# list", "*c.example", "b.example/x", "a.example", "a.example")
    assert one.fingerprint() == other.fingerprint()
    assert len(one) == 3
    for fewer in (["a.example", "b.example/x"], ["a.example", "*c.example"]):
        assert blocklist(*fewer).fingerprint() != one.fingerprint()
    assert NOTHING_BLOCKED.entry_of("https://a.example/") is None


def test_no_pattern_is_slow() -> None:
    """Where an expression would try again and again, this ends."""
    pattern = Glob("*a" * 250 + "b")
    assert not pattern.matches("a" * 8_000)
    assert pattern.matches("a" * 8_000 + "b")
    assert Glob("*").matches("")
    assert not Glob("ab*ba").matches("aba")
    assert Glob("a*b*c").matches("abc")
    assert not Glob("a*bc*c").matches("abc")


def test_shorteners() -> None:
    """The packaged hosts and those below them."""
    assert len(KNOWN_SHORTENERS) == len(SHORTENERS)
    assert KNOWN_SHORTENERS.covering("www.bit.ly") == "bit.ly"
    assert KNOWN_SHORTENERS.covering("example.com") is None
    assert {"t.co", "tinyurl.com", "is.gd"} <= SHORTENERS


def test_many_hosts() -> None:
    """The memory of a list, with `BLOCKLIST_HOSTS` of them."""
    lines = [f"host-{number}.example-{number % 997}.test" for number in range(HOSTS)]
    began = time.process_time()
    blocklist(*lines)
    read_seconds = time.process_time() - began
    tracemalloc.start()
    found = blocklist(*lines)
    held, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    began = time.process_time()
    for line in lines[:1000]:
        assert found.entry_of(f"https://www.{line}/a") == line
    each = (time.process_time() - began) / 1000
    print(f"{HOSTS:,}: {held:,} B held, {peak:,} B while reading, {read_seconds:.2f} s")
    print(f"{each * 1e6:.1f} µs a look-up")
    assert len(found) == HOSTS
    assert held < 16 * HOSTS + 100_000
