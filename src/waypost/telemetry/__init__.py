"""How it is seen: logging, metrics, request ids."""

import sys

# structlog loads rich, where it is installed, for tracebacks that we do not print: 80
# modules that no process needs. With None in its place it is missing meanwhile.
if "rich" not in sys.modules:
    sys.modules["rich"] = None  # type: ignore[assignment]  # the language allows it
    import structlog  # noqa: F401  # the first import is the one that counts

    del sys.modules["rich"]
