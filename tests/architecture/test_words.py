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

PUBLISHED = ("waypost_link_events_told_total",)
"""Names that are stored, scraped or called by others, and so keep their words."""

UNFINISHED = (
    "docs/reference/api.md",
    "src/waypost/adapters/journal/",
    "src/waypost/adapters/memory/storage.py",
    *("src/waypost/adapters/sql/statements/", "src/waypost/adapters/sql/tables.py"),
    *("src/waypost/api/system.py", "src/waypost/cli/clicks/journal.py"),
    *("src/waypost/ports/journal", "src/waypost/ports/outbox"),
    "src/waypost/ports/storage.py",
    "src/waypost/processes/running/",
    *("src/waypost/services/clicks/forward.py", "src/waypost/services/links/"),
    "src/waypost/telemetry/metrics.py",
    *("src/waypost/wiring/parts/backends.py", "src/waypost/wiring/programs/"),
    *("tests/contract/test_outbox.py", "tests/contract/test_storage.py"),
    *("tests/integration/api/conftest.py", "tests/integration/api/test_operations.py"),
    *("tests/integration/cli/doctor/test_doctor", "tests/integration/cli/test_journal"),
    *("tests/integration/forward/", "tests/integration/kafka/test_secured.py"),
    "tests/integration/redis/test_stream.py",
    "tests/integration/test_slow_servers.py",
    "tests/unit/journal/",
    *("tests/unit/services/clicks/publishers.py", "tests/unit/services/links/"),
    "tests/unit/services/clicks/test_forward.py",
)
"""Beginnings of paths whose words are still to be replaced."""

WRITTEN = {".py", ".md", ".toml", ".lua", ".sh", ".mako", ".yml"}
WORDS = {
    re.compile(rf"(?<![A-Za-z])(?i:{words})(?![a-z])"): instead
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
        ("an intelligent, impatiently untolerated plot", False),
        ("waypost_link_events_told_total", False),
    ],
)
def test_words_are_found_in_names_and_sentences(line: str, *, is_found: bool) -> None:
    """Words are found in every case, and in parts of names; not inside of words."""
    assert bool(list(retired_words(line))) is is_found


def test_no_retired_word_is_used() -> None:
    """Code, tests and pages use none of the retired words."""
    found = [
        f"{name}:{number}: {word!r}; write instead: {instead}"
        for path in texts()
        if not (name := path.relative_to(ROOT).as_posix()).startswith(UNFINISHED)
        for number, word, instead in retired_words(path.read_text("utf-8"))
    ]
    assert not found, "\n".join(found)
