"""The script finds the changes that it promises, and names them so that they last."""

import ast
from pathlib import Path

import pytest
from scripts.mutants.equivalents import equivalents
from scripts.mutants.mutants import mutants_of, sample_of
from scripts.mutants.plan import TARGETS, chosen

ROOT = Path(__file__).parents[3]

SAMPLE = '''"""Docstring with a < b."""
LIMIT = 64 * 1024


async def take(lock, items, limit: int = 5):
    """Count up."""
    assert limit > 0
    async with lock:
        if items and not (
            len(items) > limit
        ):
            items.pause = min(limit, 9)
    try:
        await items.flush(
            limit
        )
    except OSError as error:
        raise ValueError from error
    finally:
        items.close()
'''


@pytest.mark.parametrize(
    ("operator", "before", "after"),
    [
        ("changed number", "LIMIT = 64 * 1024", "LIMIT = (64 + 1) * 1024"),
        ("other arithmetic", "LIMIT = 64 * 1024", "LIMIT = 64 // 1024"),
        ("removed lock", "async with lock:", "if True:"),
        ("shifted boundary", "len(items) > limit", "len(items) >= limit"),
        ("negated comparison", "len(items) > limit", "len(items) <= limit"),
        (
            "ignored condition",
            "if items and not ( len(items) > limit ):",
            "if items and (True ):",
        ),
        ("swapped boolean", "if items and not (", "if items or not ("),
        ("removed bound", "items.pause = min(limit, 9)", "items.pause = (limit)"),
        ("removed statement", "items.pause = min(limit, 9)", "pass"),
        (
            "removed await",
            "await items.flush( limit )",
            "__import__('asyncio').ensure_future(items.flush( limit ))",
        ),
        ("removed translation", "raise ValueError from error", "raise"),
        ("removed cleanup", "items.close()", "pass"),
    ],
)
def test_each_operator_changes_one_place(
    tmp_path: Path, operator: str, before: str, after: str
) -> None:
    """A guard, a lock, a bound or a translation that is gone is one of the mutants."""
    (tmp_path / "sample.py").write_text(SAMPLE)
    changes = {(m.before, m.after) for m in mutants_of(tmp_path, "sample.py")}
    assert (before, after) in changes, operator


def test_lines_and_asserts_stay(tmp_path: Path) -> None:
    """Every mutant has the lines of the original, and the same assertions."""
    (tmp_path / "sample.py").write_text(SAMPLE)
    for mutant in mutants_of(tmp_path, "sample.py"):
        assert mutant.content.count(b"\n") == SAMPLE.count("\n")
        assert b"assert limit > 0" in mutant.content
        assert b"a < b" in mutant.content


@pytest.mark.slow
def test_every_mutant_is_another_program_with_a_name_of_its_own() -> None:
    """No two mutants of a file are the same, and none is the file itself."""
    mutants = mutants_of(ROOT, "src/waypost/services/clicks/count.py")
    programs = {ast.dump(ast.parse(mutant.content)) for mutant in mutants}
    assert len({mutant.key for mutant in mutants}) == len(mutants) == len(programs)


def test_a_sample_lasts_when_lines_move(tmp_path: Path) -> None:
    """What a run tries does not depend on what was added above it."""
    (tmp_path / "sample.py").write_text(SAMPLE)
    keys = {m.key for m in sample_of(mutants_of(tmp_path, "sample.py"), size=9, seed=3)}
    (tmp_path / "sample.py").write_text(SAMPLE.replace("LIMIT", "import os\n\nLIMIT"))
    moved = sample_of(mutants_of(tmp_path, "sample.py"), size=9, seed=3)
    assert {mutant.key for mutant in moved} == keys


def test_files_are_named_by_the_end_of_their_path() -> None:
    """A name that fits nothing is refused, not ignored."""
    assert [target.file for target in chosen(["fast/turn"])] == ["edge/fast/turn.py"]
    assert chosen([]) == list(TARGETS)
    with pytest.raises(ValueError, match="nothing"):
        chosen(["nothing.py"])


def test_the_tests_of_every_file_are_there() -> None:
    """A file or folder that was renamed is renamed in the plan as well."""
    names = [name for target in TARGETS for name in (*target.first, *target.wider)]
    missing = [name for name in names if not (ROOT / "tests" / name).exists()]
    missing += [target.path for target in TARGETS if not (ROOT / target.path).exists()]
    assert missing == []


@pytest.mark.slow
def test_equivalents_are_mutants_and_have_reasons() -> None:
    """An entry whose code has changed must be judged again, so it is not left there."""
    known = equivalents()
    mutants = {
        file: mutants_of(ROOT, file) for file in {known_one.file for known_one in known}
    }
    stale = [e for e in known if not any(e.is_(m) for m in mutants[e.file])]
    assert stale == []
    assert [e for e in known if len(e.reason) < 20] == []
