"""Which host a visitor has asked for."""

import re
from typing import Final

_LONGEST: Final = 1024
"""Bytes of a header that are read."""
_HOST: Final = re.compile(
    rb'(?:^|[;,])[ \t]*host[ \t]*=[ \t]*(?:"([^"\\]*)"|([^\s";,=]+))', re.IGNORECASE
)
"""The parameter `host` of `Forwarded` (RFC 7239)."""


def host_said(host: bytes, forwarded_host: bytes, forwarded: bytes) -> str:
    """Return the host that a visitor has asked for, by the headers of a trusted proxy.

    *forwarded_host* is `X-Forwarded-Host`, and *forwarded* is `Forwarded`; where
    neither says it, the proxy has passed *host* on. The first of a list is meant: what
    proxies behind another one add is how they are called themselves. A visitor who
    makes it up chooses among the domains of this server, as everyone may by `Host`.
    """
    if first := forwarded_host[:_LONGEST].partition(b",")[0].strip():
        return first.decode("latin-1")
    if forwarded and (found := _HOST.search(forwarded[:_LONGEST])):
        return (found[1] or found[2]).decode("latin-1")
    return host.decode("latin-1")
