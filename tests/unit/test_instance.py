"""The data folder's note of the database that it belongs to."""

from pathlib import Path

import pytest

from waypost.adapters.instance import read_instance, write_instance
from waypost.adapters.memory.secrets import MemorySecrets
from waypost.wiring.parts.instance import INSTANCE, DataDirError, claim_data_dir


class Folder:
    """What the database says of a folder's clicks."""

    def __init__(self, *, is_ours: bool) -> None:
        self._is_ours = is_ours

    async def __call__(self) -> bool:
        """Return whether they are clicks on its links."""
        return self._is_ours


async def test_new_folder_is_noted(tmp_path: Path) -> None:
    """A folder without a note belongs from then on to the database that claims it."""
    secrets = MemorySecrets()
    await claim_data_dir(tmp_path, secrets=secrets, is_ours=Folder(is_ours=True))
    assert read_instance(tmp_path) == await secrets.secret(INSTANCE)
    with pytest.raises(DataDirError, match="belongs to another database"):
        await claim_data_dir(
            tmp_path, secrets=MemorySecrets(), is_ours=Folder(is_ours=True)
        )


async def test_noted_folder_is_ours(tmp_path: Path) -> None:
    """The note is enough: a restored database need not know the folder's clicks."""
    secrets = MemorySecrets()
    write_instance(tmp_path, await secrets.secret(INSTANCE))
    await claim_data_dir(tmp_path, secrets=secrets, is_ours=Folder(is_ours=False))


@pytest.mark.parametrize("content", [None, b"", b"\xff" * 64, b"ab\n", b"g" * 64])
async def test_folder_without_a_note(tmp_path: Path, content: bytes | None) -> None:
    """Without a readable note, clicks that the database does not know are refused."""
    if content is not None:
        (tmp_path / "instance").write_bytes(content)
    secrets = MemorySecrets()
    with pytest.raises(DataDirError, match="belongs to another database"):
        await claim_data_dir(tmp_path, secrets=secrets, is_ours=Folder(is_ours=False))
    await claim_data_dir(tmp_path, secrets=secrets, is_ours=Folder(is_ours=True))
    assert read_instance(tmp_path) == await secrets.secret(INSTANCE)


async def test_disk_refuses(tmp_path: Path) -> None:
    """A disk that refuses is named, with the reason."""
    (tmp_path / "instance.tmp").mkdir()
    with pytest.raises(DataDirError, match="cannot be used: Is a directory"):
        await claim_data_dir(
            tmp_path, secrets=MemorySecrets(), is_ours=Folder(is_ours=True)
        )
