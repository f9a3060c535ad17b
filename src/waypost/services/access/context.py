"""What knows who may do what, from the composition root."""

from dataclasses import dataclass, field

from waypost.services.access.authenticate import Authenticator
from waypost.services.access.limits import AccessLimits
from waypost.services.access.manage import KeyContext
from waypost.services.access.uses import KeyUses
from waypost.services.domains.known import KnownDomains, only_default


@dataclass(frozen=True, slots=True, kw_only=True)
class AccessContext:
    """For as long as the process lives."""

    authenticator: Authenticator
    uses: KeyUses
    """Writes down, beside the requests, when keys were used."""
    keys: KeyContext
    limits: AccessLimits
    is_creation_public: bool
    """Whether links are made without a key."""
    default_domain: str
    """The host of the links of this server."""
    domains: KnownDomains = field(default_factory=only_default)
