"""`waypost qr`: codes in the terminal and in files."""

from pathlib import Path

import pytest

from tests.integration.cli.conftest import Command
from tests.logos import PNG, svg


def test_the_terminal_shows_a_code_and_its_url(clean: None, waypost: Command) -> None:
    """It is as wide as a terminal allows, and needs no server."""
    outcome = waypost("qr", "spring", BASE_URL="https://go.example.com")
    *drawing, url = outcome.stdout.splitlines()
    assert url == "https://go.example.com/spring?qr"
    assert len({len(line) for line in drawing}) == 1, "it is a square"
    assert len(drawing[0]) < 40
    assert "█▀" in outcome.stdout


def test_a_short_url_is_drawn_as_it_is(clean: None, waypost: Command) -> None:
    """Also that of another server."""
    outcome = waypost("qr", "https://links.example.org/a", "--no-track")
    assert outcome.stdout.splitlines()[-1] == "https://links.example.org/a"


@pytest.mark.parametrize(
    ("name", "start"), [("a.svg", b"<svg "), ("b.PNG", b"\x89PNG\r\n")]
)
def test_an_image_is_written(
    clean: None, waypost: Command, name: str, start: bytes
) -> None:
    """The name of the file says in which form."""
    outcome = waypost("qr", "spring", "-o", name, "--size", "100")
    assert (outcome.code, outcome.stdout) == (0, "")
    content = Path(name).read_bytes()
    assert start in content[:60]


def test_a_logo_of_a_file_is_drawn(clean: None, waypost: Command) -> None:
    """A PNG in both forms, and an SVG in an SVG; what could do harm is refused."""
    Path("a.png").write_bytes(PNG)
    Path("a.svg").write_bytes(svg())
    Path("bad.svg").write_bytes(svg("<script/>"))
    for logo, name in (("a.png", "b.png"), ("a.png", "b.svg"), ("a.svg", "c.svg")):
        outcome = waypost("qr", "spring", "-o", name, "--logo", logo)
        assert outcome.code == 0, outcome.stderr
    assert b"<image" in Path("c.svg").read_bytes()
    for logo, name, reason in (
        ("a.svg", "d.png", "ends with .svg"),
        ("bad.svg", "d.svg", "bad.svg: The SVG has an element script"),
    ):
        outcome = waypost("qr", "spring", "-o", name, "--logo", logo)
        assert (outcome.code, reason in outcome.stderr) == (2, True), outcome.stderr
    outcome = waypost("qr", "spring", "-o", "d.svg", "--logo", "missing.png")
    assert "missing.png cannot be read: No such file" in outcome.stderr


@pytest.mark.parametrize(
    ("arguments", "reason"),
    [
        (("--size", "100"), "--output"),
        (("--logo", "a.png"), "--output"),
        (("-o", "a.gif"), "ends with .svg or .png."),
        (("-o", "a.svg", "--level", "Z"), "level is L, M, Q or H."),
        (("-o", "a.svg", "--margin", "99"), "margin is a whole number from 0 to 16."),
    ],
)
def test_wrong_options_are_refused(
    clean: None, waypost: Command, arguments: tuple[str, ...], reason: str
) -> None:
    """Each with what is possible."""
    outcome = waypost("qr", "spring", *arguments)
    assert outcome.code == 2
    assert reason in outcome.stderr
    assert not list(Path().glob("a.*"))


def test_a_file_that_cannot_be_written_is_an_error(
    clean: None, waypost: Command
) -> None:
    """It says which, and why."""
    outcome = waypost("qr", "spring", "-o", "missing/a.svg")
    assert outcome.code == 1
    assert "missing/a.svg cannot be written: No such file" in outcome.stderr
