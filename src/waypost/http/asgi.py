"""The types of ASGI, which all HTTP applications use."""

from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any, TypeAlias

# The standard says that values may be anything.
Scope: TypeAlias = MutableMapping[str, Any]  # type: ignore[explicit-any]  # as above
Message: TypeAlias = MutableMapping[str, Any]  # type: ignore[explicit-any]  # as above
Receive: TypeAlias = Callable[[], Awaitable[Message]]
Send: TypeAlias = Callable[[Message], Awaitable[None]]
Application: TypeAlias = Callable[[Scope, Receive, Send], Awaitable[None]]
