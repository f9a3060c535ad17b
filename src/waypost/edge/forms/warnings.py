"""The page that warns of a link in quarantine, and the form that goes on nevertheless.

The form carries a text that is signed with a secret of the store, so that every server
accepts what another one has made.
"""

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime
from typing import Final
from urllib.parse import urlsplit

from waypost.domain.abuse.confirmations import confirmation, confirms
from waypost.domain.abuse.quarantine import QuarantineReason
from waypost.domain.errors import LinkQuarantined
from waypost.edge.forms.fields import fields_of
from waypost.http.answers import Answer, answer_with
from waypost.http.asgi import Receive, Scope
from waypost.http.headers import NO_SNIFFING, PROBLEM_JSON, VARY_ACCEPT
from waypost.http.pages import page_answer, wants_page
from waypost.http.problems import ERRORS_PAGE, problem_body
from waypost.http.statuses import ERRORS
from waypost.ports.near_cache import NearEntry
from waypost.ports.storage import InstanceSecrets
from waypost.web.rendering import loaded

CONFIRM: Final = "confirm"
"""The form's field."""
_KEY_NAME: Final = "confirmations"
_KIND: Final = ERRORS[LinkQuarantined.code]
_TITLE: Final = "This link may be dangerous"
_REASONS: Final[Mapping[QuarantineReason, str]] = {
    QuarantineReason.PHISHING: "The page may pretend to be another one, and ask for "
    "your password or your money.",
    QuarantineReason.MALWARE: "The page may try to harm your device.",
    QuarantineReason.SPAM: "The link was sent to people who did not ask for it.",
    QuarantineReason.LEGAL: "There is a legal objection to the page.",
    QuarantineReason.BLOCKLIST: "The page is on a list of dangerous pages.",
    QuarantineReason.REPORTED: "Visitors have complained about the page.",
    QuarantineReason.OTHER: "The people who run this server advise against it.",
}


class Warnings:
    """Warns of links, and recognises visitors who have read the warning."""

    def __init__(self, *, secrets: InstanceSecrets, timeout_seconds: float) -> None:
        """Sign with one of *secrets*; a form may take *timeout_seconds* to arrive."""
        self._secrets = secrets
        self._timeout_seconds = timeout_seconds
        self._key = b""

    async def warning(self, entry: NearEntry, location: str, accept: bytes) -> Answer:
        """Return the warning of *entry*, which would lead to *location*.

        It has the form that suits a client with this *accept*.

        Raises:
            BackendUnavailable: The key is not known yet, and the store does not answer.
        """
        assert entry.plan is not None, "a link in quarantine has a plan"
        quarantine = entry.plan.options.quarantine
        assert quarantine is not None, "only links in quarantine have a warning"
        reason = _REASONS[quarantine.reason]
        kind = replace(_KIND, detail=f"{_TITLE}. {reason}")
        if not wants_page(accept):
            problem = problem_body(kind, page=ERRORS_PAGE)
            always = (NO_SNIFFING, VARY_ACCEPT)
            return answer_with(kind.status, PROBLEM_JSON, problem, *always)
        confirm = confirmation(
            await self._signing_key(),
            link_id=entry.link_id,
            version=entry.version,
            now=datetime.now(UTC),
        )
        await loaded()
        return page_answer(
            kind.status,
            "warning.html",
            has_form=True,
            title=_TITLE,
            reason=reason,
            host=urlsplit(location).hostname or "",
            url=location,
            confirm=confirm,
        )

    async def confirmed(
        self, entry: NearEntry, scope: Scope, receive: Receive
    ) -> bool | None:
        """Return whether the form of a request confirms the warning of *entry*.

        None: it is another form.

        Raises:
            Refused: It is too large, not here in time, or no form.
            BackendUnavailable: As `warning`.
        """
        fields = await fields_of(scope, receive, timeout_seconds=self._timeout_seconds)
        text = fields.get(CONFIRM)
        if text is None:
            return None
        return confirms(
            text,
            await self._signing_key(),
            link_id=entry.link_id,
            version=entry.version,
            now=datetime.now(UTC),
        )

    async def _signing_key(self) -> bytes:
        if not self._key:
            self._key = bytes.fromhex(await self._secrets.secret(_KEY_NAME))
        return self._key
