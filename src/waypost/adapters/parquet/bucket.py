"""An archive in storage that speaks S3, by the client of Apache Arrow.

Credentials come from where Amazon's tools look for them: `AWS_ACCESS_KEY_ID` and
`AWS_SECRET_ACCESS_KEY`, profiles, or the machine's role.
"""

import asyncio
from collections.abc import AsyncIterable
from contextlib import suppress
from typing import Final

from pyarrow import fs

_PART: Final = ".part"


class BucketArchive:
    """Objects below *url*: `s3://bucket/prefix`, with options of Arrow behind `?`."""

    def __init__(self, url: str) -> None:
        self._files, self._folder = fs.FileSystem.from_uri(url)

    async def read(self, name: str) -> bytes | None:
        """Return a small object; None: there is none of this name."""
        return await asyncio.to_thread(self._read, f"{self._folder}/{name}")

    def _read(self, path: str) -> bytes | None:
        if self._files.get_file_info(path).type is fs.FileType.NotFound:
            return None
        with self._files.open_input_stream(path) as file:
            content: bytes = file.read()
            return content

    async def write(self, name: str, pieces: AsyncIterable[bytes]) -> None:
        """Write an object under another name, and then move it to its own.

        A client that is killed leaves no object, or one whose name ends in `.part`.
        """
        path = f"{self._folder}/{name}"
        part = path + _PART
        try:
            file = await asyncio.to_thread(self._files.open_output_stream, part)
            with file:
                async for piece in pieces:
                    await asyncio.to_thread(file.write, piece)
            await asyncio.to_thread(self._files.move, part, path)
        except BaseException:
            with suppress(OSError):
                await asyncio.to_thread(self._files.delete_file, part)
            raise
