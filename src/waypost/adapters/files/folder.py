"""An archive in a folder."""

import asyncio
from collections.abc import AsyncIterable
from pathlib import Path

from waypost.adapters.files.whole_file import whole_file


class FolderArchive:
    """Files in *folder*, which is made when the first one is written."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    async def read(self, name: str) -> bytes | None:
        """Return a small file; None: there is none of this name."""
        try:
            return await asyncio.to_thread((self._folder / name).read_bytes)
        except FileNotFoundError:
            return None

    async def write(self, name: str, pieces: AsyncIterable[bytes]) -> None:
        """Write a file, which takes the place of one of the same name at its end."""
        self._folder.mkdir(parents=True, exist_ok=True)
        with whole_file(self._folder / name) as file:
            async for piece in pieces:
                await asyncio.to_thread(file.write, piece)
