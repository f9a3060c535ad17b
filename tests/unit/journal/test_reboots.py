"""Where sequences go on after the machine was started again."""

import time
from pathlib import Path

import pytest

from waypost.adapters.journal import reboots
from waypost.adapters.journal.reboots import above_lost, note_boot
from waypost.domain.clicks import LANES
from waypost.domain.gaps import SEQUENCES_PER_SECOND

KNOWN = {3: 500, 60: 7}


@pytest.fixture
def boot_id(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return the file in which this test says which boot of the machine it is."""
    path = tmp_path / "boot_id"
    path.write_text("first\n")
    monkeypatch.setattr(reboots, "_BOOT_ID", path)
    return path


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Return a journal's folder."""
    path = tmp_path / "journal"
    path.mkdir()
    return path


@pytest.mark.usefixtures("boot_id")
def test_same_boot_goes_on_where_it_was(folder: Path) -> None:
    """A killed process loses nothing, so lanes stay dense."""
    note_boot(folder)

    assert above_lost(folder, KNOWN) == KNOWN


def test_next_boot_goes_on_above_everything(folder: Path, boot_id: Path) -> None:
    """In every lane: nobody knows which of them lost records."""
    note_boot(folder)
    boot_id.write_text("second\n")

    floors = above_lost(folder, KNOWN)

    assert floors.keys() == set(range(LANES))
    assert min(floors.values()) > max(KNOWN.values())


def test_two_boots_before_anything_reached_the_disk(
    folder: Path, boot_id: Path
) -> None:
    """The second goes on above what the first may have used, at any rate of clicks."""
    note_boot(folder)
    boot_id.write_text("second\n")
    first = above_lost(folder, KNOWN)
    boot_id.write_text("third\n")
    used = 60 * 1_000_000

    second = above_lost(folder, KNOWN, now=lambda: time.time() + 60)

    assert all(second[lane] > first[lane] + used for lane in range(LANES))


def test_clock_that_jumped_back_takes_nothing_back(folder: Path, boot_id: Path) -> None:
    """What the store knows stays used, whatever the time is said to be."""
    note_boot(folder)
    boot_id.write_text("second\n")
    ahead = dict.fromkeys(range(LANES), 2**62)

    assert above_lost(folder, ahead) == ahead


@pytest.mark.parametrize("content", [None, b"", b"\xff\xff"])
def test_unreadable_note_counts_as_another_boot(
    folder: Path, boot_id: Path, content: bytes | None
) -> None:
    """A power cut may take it away, or leave it empty."""
    assert boot_id.exists()
    note_boot(folder)
    (folder / "boot").unlink()
    if content is not None:
        (folder / "boot").write_bytes(content)

    assert above_lost(folder, {})[0] > 0


def test_machine_that_tells_no_boot(folder: Path, boot_id: Path) -> None:
    """Then every start is taken for another boot."""
    boot_id.unlink()

    note_boot(folder)

    assert above_lost(folder, {})[0] > 0
    assert not (folder / "boot").exists()


def test_sequences_fit_into_a_store() -> None:
    """Which keeps them in 63 bits."""
    in_a_thousand_years = time.time() + 1_000 * 365 * 86_400

    assert in_a_thousand_years * SEQUENCES_PER_SECOND < 2**63
