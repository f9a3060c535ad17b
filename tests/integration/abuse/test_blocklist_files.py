"""Files of blocklists: read at the start, and again when they change."""

from pathlib import Path

import pytest

from waypost.adapters.abuse.blocklist_files import BlocklistFiles, UnreadableList
from waypost.adapters.local import IdnaHostNames

TARGET = "https://bad.example/"


def opened(*paths: Path) -> BlocklistFiles:
    """Return the lists in *paths*."""
    return BlocklistFiles(paths, to_ascii=IdnaHostNames().to_ascii)


async def test_a_changed_file_is_read_again(tmp_path: Path) -> None:
    """Without a restart; several files are one list."""
    one, other = tmp_path / "one.txt", tmp_path / "other.txt"
    one.write_text("# nothing yet\n")
    other.write_text("other.example\n")
    lists = opened(one, other)
    assert lists.current.entry_of(TARGET) is None
    one.write_text("bad.example\n")
    await lists.look_again()
    assert lists.current.entry_of(TARGET) == "bad.example"
    assert lists.current.entry_of("https://other.example/") == "other.example"


@pytest.mark.parametrize(
    ("content", "problem"),
    [
        (b"good.example\n<html>\n", "one.txt, line 2: this is neither"),
        (b"", "one.txt is empty"),
        (b"\xff\xfe", "one.txt is not text in UTF-8"),
        (None, "one.txt: No such file"),
    ],
)
async def test_a_broken_file_keeps_the_last_list(
    tmp_path: Path, content: bytes | None, problem: str
) -> None:
    """And says so until it is mended; a start with it is refused."""
    path = tmp_path / "one.txt"
    path.write_text("bad.example\n")
    lists = opened(path)
    if content is None:
        path.unlink()
    else:
        path.write_bytes(content)
    await lists.look_again()
    assert lists.current.entry_of(TARGET) == "bad.example"
    assert lists.problem.startswith(problem)
    with pytest.raises(UnreadableList, match=problem):
        opened(path)
    path.write_text("other.example\nand.more.example\n")
    await lists.look_again()
    assert lists.current.entry_of(TARGET) is None
    assert not lists.problem
