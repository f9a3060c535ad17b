"""Secrets that live as long as this process."""

from secrets import token_hex


class MemorySecrets:
    """Makes new secrets at every start, like the links that they belong to."""

    def __init__(self) -> None:
        self._secrets: dict[str, str] = {}

    async def secret(self, name: str) -> str:
        """Return the secret called *name*, made when it is first asked for."""
        return self._secrets.setdefault(name, token_hex(32))
