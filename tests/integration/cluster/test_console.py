"""One terminal shows who says what."""

import io
from pathlib import Path

from cluster.console import Console

from tests.integration.cluster.sleeper import Sleeper


def test_every_line_says_who_wrote_it(tmp_path: Path) -> None:
    """Whole lines are shown, with names of one width; half a line waits."""
    servers = [Sleeper(tmp_path, name=name) for name in ("a", "longer")]
    servers[0].log.write_text("one\ntwo\nhal")
    servers[1].log.write_text("three\n")
    output = io.StringIO()
    console = Console(output)
    console.follow(servers)
    console.stop()
    assert output.getvalue().splitlines() == [
        "a      | one",
        "a      | two",
        "longer | three",
    ]


def test_its_own_words_are_marked(tmp_path: Path) -> None:
    """Every line of a message differs from the servers' lines."""
    output = io.StringIO()
    Console(output).say("one\ntwo")
    assert output.getvalue() == "* one\n* two\n"


def test_colours_are_for_terminals(tmp_path: Path) -> None:
    """A terminal gets colours, unless its owner has switched them off."""

    class Terminal(io.StringIO):
        def isatty(self) -> bool:
            return True

    server = Sleeper(tmp_path)
    server.log.write_text("one\n")
    output = Terminal()
    console = Console(output)
    console.follow([server])
    console.stop()
    assert output.getvalue() == "\x1b[36msleeper |\x1b[0m one\n"
