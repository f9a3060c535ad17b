"""The words of code and pages: standard terms instead of the project's old ones."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.architecture.project import OWN_FOLDERS, ROOT, markdown_files

RETIRED = {
    "tell|tells|told|telling|untold": "say, report, log, publish, show, distinguish",
    "hear|hears|heard|hearing|unheard": "receive, get, learn of",
    "whoever|whomever|whom": "name who acts: a client, a process, a visitor",
    "whatever|whichever": "any, every, all that",
    "nobody|somebody|anybody|everybody": "no process, another client, every visitor",
    "believe|believes|believed|believing": "trust, use, accept",
    "patience|patient|impatience|impatient": "timeout, deadline",
    "lot|lots": "batch, many",
    "as ever": "as usual, unchanged",
    "(?:has|have|had) a say": "decide",
    "(?:see|sees|seen|seeing) to it": "ensure",
    "for good": "permanently",
    "held ready": "cached",
    "straight road": "fast path",
}
"""Words that a reader has to decode, by what says the same in the field's terms."""

PUBLISHED = ("waypost_link_events_told_total", "Heard Island")
"""Names that are stored, scraped or called by others, and so keep their words."""

WRITTEN = {".py", ".md", ".toml", ".lua", ".sh", ".mako", ".yml"}
WORDS = {
    re.compile(rf"(?<![A-Za-z])(?i:{words})(?![a-z]|(?<=[A-Z])[A-Z])"): instead
    for words, instead in RETIRED.items()
}


def texts() -> Iterator[Path]:
    """Yield the files that people read and write, but not what was published."""
    own = (path for folder in OWN_FOLDERS for path in (ROOT / folder).rglob("*"))
    written = {path for path in own if path.suffix in WRITTEN}
    for path in sorted(written.union(markdown_files())):
        name = path.relative_to(ROOT).as_posix()
        if path != Path(__file__) and name != "CHANGELOG.md":
            yield path


def retired_words(text: str) -> Iterator[tuple[int, str, str]]:
    """Yield the line, the word and what to write instead, of each retired word."""
    for name in PUBLISHED:
        text = text.replace(name, "")
    for number, line in enumerate(text.splitlines(), 1):
        for words, instead in WORDS.items():
            for found in words.finditer(line):
                yield number, found[0], instead


@pytest.mark.parametrize(
    ("line", "is_found"),
    [
        ("def test_damage_is_told() -> None:", True),
        ("class Told:", True),
        ("_PATIENCE_SECONDS = 5", True),
        ("Nobody's click is lost", True),
        ("HEARTBEAT_SECONDS: an intelligent, impatiently untolerated plot", False),
        ("waypost_link_events_told_total", False),
    ],
)
def test_words_are_found_in_names_and_sentences(line: str, *, is_found: bool) -> None:
    """Words are found in every case, and in parts of names; not inside of words."""
    assert bool(list(retired_words(line))) is is_found


def test_no_retired_word_is_used() -> None:
    """Code, tests and pages use none of the retired words."""
    found = [
        f"{path.relative_to(ROOT)}:{number}: {word!r}; write instead: {instead}"
        for path in texts()
        for number, word, instead in retired_words(path.read_text("utf-8"))
    ]
    assert not found, "\n".join(found)
