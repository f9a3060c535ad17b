"""Pages with a form that visitors get before they are sent on, and these forms."""

from collections.abc import Callable
from typing import Final, NamedTuple

from waypost.domain.links import path_of
from waypost.domain.verdict import Outcome
from waypost.edge.decide import Asked
from waypost.edge.forms.confirmations import Confirmations
from waypost.edge.forms.fields import fields_of
from waypost.edge.forms.passwords import password_page, password_problem
from waypost.edge.forms.preview import preview
from waypost.edge.forms.warnings import warning_page, warning_problem
from waypost.http.answers import Answer
from waypost.http.asgi import Receive, Scope
from waypost.http.pages import wants_page
from waypost.ports.near_cache import NearEntry
from waypost.web.rendering import loaded

CONFIRM: Final = "confirm"
"""The field of a form that goes on."""
PASSWORD: Final = "password"  # noqa: S105  # the name of a field
"""The field of the form that asks for the password."""


class SentForm(NamedTuple):
    """What a visitor has sent."""

    is_confirmed: bool = False
    """Whether it is the form of a page about this version of the link."""
    password: str | None = None


class VisitorForms:
    """Makes the pages, and reads the forms."""

    def __init__(
        self,
        *,
        confirmations: Confirmations,
        root_of: Callable[[str], str],
        timeout_seconds: float,
    ) -> None:
        """Wait for a form for *timeout_seconds*.

        *root_of* returns where visitors reach a domain, without a slash at the end.
        """
        self._confirmations = confirmations
        self._root_of = root_of
        self._timeout_seconds = timeout_seconds

    async def sent(
        self, entry: NearEntry, scope: Scope, receive: Receive
    ) -> SentForm | None:
        """Return the form that a visitor of *entry* has sent; None: it is none of ours.

        Raises:
            Refused: It is too large, not here in time, or no form.
            BackendUnavailable: It cannot be found out whether we have made it.
        """
        fields = await fields_of(scope, receive, timeout_seconds=self._timeout_seconds)
        confirm, password = fields.get(CONFIRM), fields.get(PASSWORD)
        if confirm is None and password is None:
            return None
        is_confirmed = confirm is not None and await self._confirmations.holds(
            entry, confirm
        )
        return SentForm(is_confirmed, password or None)

    async def page(self, entry: NearEntry, asked: Asked, accept: bytes) -> Answer:
        """Return what a visitor of *entry* gets first, as suits this *accept*.

        Raises:
            BackendUnavailable: The form cannot be signed.
        """
        is_page = wants_page(accept)
        if is_page:
            await loaded()
        if asked.location is None:
            if is_page:
                return password_page(asked.outcome)
            return password_problem(asked.outcome, code=entry.code)
        confirm = await self._confirmations.text(entry) if is_page else ""
        if asked.outcome is Outcome.SHOWN:
            return preview(
                entry,
                asked.location,
                base_url=self._root_of(entry.domain),
                accept=accept,
                confirm=confirm,
            )
        quarantine = entry.plan and entry.plan.options.quarantine
        assert quarantine, "only links in quarantine have a warning"
        if not is_page:
            return warning_problem(quarantine)
        short_url = self._root_of(entry.domain) + path_of(entry.code)
        return warning_page(
            quarantine, asked.location, short_url=short_url, confirm=confirm
        )
