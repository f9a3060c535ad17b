"""Refusals of visitors who do not know the password of a link."""

from waypost.domain.access.limits import Decision
from waypost.domain.errors import DomainError


class PasswordRequired(DomainError):
    """The link needs a password: enter it, or send it as that of HTTP Basic."""

    code = "password-required"


class WrongPassword(DomainError):
    """That is not the password of the link."""

    code = "wrong-password"


class TooManyAttempts(DomainError):
    """Too many passwords were tried: wait, as the header Retry-After says."""

    code = "too-many-attempts"

    def __init__(self, decision: Decision | None = None) -> None:
        super().__init__()
        self.wait_seconds = decision.wait_seconds if decision else 1
        """After so many seconds another one may be tried."""
