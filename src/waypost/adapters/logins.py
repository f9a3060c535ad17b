"""The keys of servers that the command line has logged in to, in a file.

    {"http://127.0.0.1:8000": "wp_…"}

The file is readable for its owner only, and so is the folder that it makes.
"""

import os
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from tempfile import mkstemp
from typing import Final
from urllib.parse import urlsplit

import msgspec

from waypost.domain.errors import Unusable

_PORTS: Final = {"http": 80, "https": 443}
_OTHERS: Final = 0o077
"""The rights of everyone but the owner."""


class LoginsUnusable(Unusable):
    """The file of logins cannot be used; the text says why and what to do."""


class Logins:
    """The logins in the file *path*, which need not exist."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def key(self, server: str) -> str:
        """Return the key of the server at the URL *server*; empty: there is none.

        Raises:
            LoginsUnusable: The file cannot be read, or others can read it too.
        """
        return self._read().get(_address(server), "")

    def put(self, server: str, key: str) -> None:
        """Store *key* for *server*.

        Raises:
            LoginsUnusable: The file cannot be read or written.
        """
        self._write({**self._read(), _address(server): key})

    def remove(self, server: str) -> bool:
        """Forget the key of *server*; return whether there was one.

        Raises:
            LoginsUnusable: The file cannot be read or written.
        """
        logins = dict(self._read())
        if logins.pop(_address(server), None) is None:
            return False
        self._write(logins)
        return True

    def _read(self) -> Mapping[str, str]:
        try:
            with self.path.open("rb") as file:
                self._check_rights(os.fstat(file.fileno()))
                return msgspec.json.decode(file.read(), type=dict[str, str])
        except FileNotFoundError:
            return {}
        except OSError as error:
            raise self._unusable(error) from error
        except ValueError as error:
            raise LoginsUnusable(
                f"{self.path} is damaged. Delete it, and log in again with "
                "`waypost login`."
            ) from error

    def _check_rights(self, state: os.stat_result) -> None:
        if state.st_mode & _OTHERS:
            raise LoginsUnusable(
                f"{self.path} holds keys, and others can read it. Run "
                f"`chmod 600 {self.path}`, and rotate the keys that they may have read."
            )

    def _write(self, logins: Mapping[str, str]) -> None:
        try:
            self.path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            # Readable for the owner only, and complete at every moment.
            number, name = mkstemp(dir=self.path.parent, prefix=f".{self.path.name}.")
            try:
                with os.fdopen(number, "wb") as file:
                    file.write(msgspec.json.format(msgspec.json.encode(logins)))
                Path(name).replace(self.path)
            except BaseException:
                with suppress(OSError):
                    Path(name).unlink()
                raise
        except OSError as error:
            raise self._unusable(error) from error

    def _unusable(self, error: OSError) -> LoginsUnusable:
        return LoginsUnusable(
            f"{self.path} cannot be used ({error.strerror}). LOGINS_FILE names another "
            "place for it."
        )


def _address(server: str) -> str:
    """Return what *server* is stored by: different spellings of one address alike."""
    try:
        parts = urlsplit(server)
        port = parts.port or _PORTS.get(parts.scheme, 0)
    except ValueError:
        return server
    host = "127.0.0.1" if parts.hostname == "localhost" else parts.hostname or ""
    return f"{parts.scheme}://{f'[{host}]' if ':' in host else host}:{port}"
