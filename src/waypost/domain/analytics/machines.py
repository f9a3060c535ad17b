"""Why a click is a machine's: the values of `Dimension.MACHINE`."""

from typing import Final

AGENT: Final = "agent"
"""The user agent names a program, or there is none: every browser sends one."""

PREVIEW: Final = "preview"
"""The user agent is that of a service which shows what a link leads to."""

PREFETCH: Final = "prefetch"
"""The request says that a browser loads a page which its user may not see."""

NETWORK: Final = "network"
"""The address lies in a network of machines that the settings name."""

OF_AGENT: Final = frozenset({AGENT, PREVIEW})
"""What the user agent alone decides."""
