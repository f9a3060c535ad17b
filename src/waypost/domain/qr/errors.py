"""Refusals that concern QR codes."""

from waypost.domain.errors import DomainError


class InvalidLogo(DomainError):
    """This is no logo for QR codes: send a PNG, or an SVG of shapes, as a data URL."""

    code = "invalid-logo"
