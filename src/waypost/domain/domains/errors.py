"""Refusals that concern domains."""

from collections.abc import Sequence

from waypost.domain.errors import DomainError


class DomainNotFound(DomainError):
    """There is no such domain here: an admin adds it with `waypost domains add`."""

    code = "domain-not-found"


class DomainExists(DomainError):
    """There is this domain already: change it instead."""

    code = "domain-exists"


class DomainInUse(DomainError):
    """This domain has links, or keys are bound to it: delete or revoke them first."""

    code = "domain-in-use"


class InvalidHost(DomainError):
    """This is no host name, such as go.example.com."""

    code = "invalid-host"


class CaseCollision(DomainError):
    """Some codes of this domain differ by case only, so that case must count."""

    code = "case-collision"

    def __init__(self, codes: Sequence[str] = ()) -> None:
        names = ", ".join(codes)
        super().__init__(
            f"These codes differ by case only: {names}. Delete one of each pair first."
            if codes
            else None
        )
        self.codes = codes
        """The first of them, each pair beside each other."""
