"""Pages about a link as an ASGI application, in front of the rest of the product.

::

    GET /{code}+        ─▶ where the link leads
    GET /{code}/qr.svg  ─▶ its QR code, also /qr.png
    anything else       ─▶ the API
"""

import re
from typing import Final, NamedTuple

from waypost.domain.errors import BackendUnavailable
from waypost.domain.links import path_of
from waypost.domain.options import Preview
from waypost.domain.targeting.visits import without_purpose
from waypost.domain.verdict import Outcome
from waypost.edge.answers import (
    METHOD_NOT_ALLOWED,
    NO_SUCH_PAGE,
    REFUSALS,
    UNKNOWN_CODE,
    Refusal,
    redirect,
    unavailable,
)
from waypost.edge.app import code_in
from waypost.edge.budgets import OVER, judged
from waypost.edge.domains.visited import VisitedDomains
from waypost.edge.evidence import visit_in
from waypost.edge.forms.preview import preview
from waypost.edge.lookups import Lookups
from waypost.edge.orphans import OrphanNotes
from waypost.edge.pages.qr_codes import QrCodes
from waypost.http.answers import Answer, Refused, send_answer
from waypost.http.asgi import Application, Receive, Scope, Send
from waypost.http.client_address import TrustedProxies
from waypost.http.pages import wants_page
from waypost.http.problems import ERRORS_PAGE, problem_answer
from waypost.ports.near_cache import NearEntry
from waypost.services.visits.budgets import Budgets
from waypost.web.rendering import loaded
from waypost.wire.qr_request import QrForm, qr_form

_PAGE: Final = re.compile(r"(/[^/]+?)(?:(\+)|/qr\.(svg|png))\Z")


class _Page(NamedTuple):
    """A page of a link."""

    code: str
    form: QrForm | None
    """That of the QR code; None: the page shows where the link leads."""


class LinkPages:
    """Answers with pages about links, and passes everything else on to *fallback*."""

    def __init__(  # noqa: PLR0913  # the parts of these pages
        self,
        *,
        lookups: Lookups,
        domains: VisitedDomains,
        budgets: Budgets,
        qr_codes: QrCodes,
        proxies: TrustedProxies,
        fallback: Application,
        orphans: OrphanNotes | None = None,
    ) -> None:
        """Answer by these parts; without *orphans*, no unknown code is noted."""
        self._lookups = lookups
        self._domains = domains
        self._budgets = budgets
        self._qr_codes = qr_codes
        self._proxies = proxies
        self._fallback = fallback
        self._orphans = orphans

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        page = _page_in(scope["path"]) if scope["type"] == "http" else None
        if page is None:
            await self._fallback(scope, receive, send)
            return
        accept = dict(scope["headers"]).get(b"accept", b"")
        answer = await self._answer(page, scope, accept)
        if isinstance(answer, Refusal):
            instead = self._domains.instead_of(answer, scope)
            answer = instead or await answer.for_accept(accept)
        await send_answer(send, answer, is_head=scope["method"] == "HEAD")

    async def _answer(
        self, page: _Page, scope: Scope, accept: bytes
    ) -> Answer | Refusal:
        if scope["method"] not in {"GET", "HEAD"}:
            return METHOD_NOT_ALLOWED
        key = self._domains.key(page.code, scope)
        if key is None:
            return REFUSALS[Outcome.DISABLED]
        try:
            entry = await self._lookups.find(key)
            if entry is not None:
                return await self._about(entry, page.form, scope, accept)
        except BackendUnavailable as error:
            return unavailable(error)
        if self._orphans and scope["method"] == "GET":
            domain = self._domains.of(scope).host
            self._orphans.note_code(page.code, scope["headers"], domain)
        return UNKNOWN_CODE

    async def _about(
        self, entry: NearEntry, form: QrForm | None, scope: Scope, accept: bytes
    ) -> Answer | Refusal:
        """Return the QR code of *entry* in *form*, or its page."""
        if form is not None:
            return await self._qr_code(entry, form, scope)
        if wants_page(accept):
            await loaded()
        return await self._preview(entry, scope, accept)

    async def _qr_code(
        self, entry: NearEntry, form: QrForm, scope: Scope
    ) -> Answer | Refusal:
        """Return the QR code of *entry*: of every link that is not deleted."""
        if entry.plan is not None and entry.plan.is_deleted:
            return REFUSALS[Outcome.DELETED]
        try:
            root = self._domains.root_of(entry.domain)
            return await self._qr_codes.answer(
                root + path_of(entry.code),
                form,
                scope["query_string"],
                domain=self._domains.with_links(entry.domain),
                is_public=self._domains.is_named_by_host(scope),
            )
        except Refused as refused:
            return problem_answer(refused, page=ERRORS_PAGE)

    async def _preview(
        self, entry: NearEntry, scope: Scope, accept: bytes
    ) -> Answer | Refusal:
        """Return the page about *entry*, or what a visitor gets who is sent nowhere."""
        location: str | None = entry.location.decode("ascii")
        if (plan := entry.plan) is not None:
            # Without its query, which is added to the URL of those who follow it.
            is_open = plan.options.password is None
            visit = visit_in(scope, self._proxies)
            visit = visit._replace(
                query="", headers=without_purpose(visit.headers), is_confirmed=is_open
            )
            verdict = await judged(entry, visit, budgets=self._budgets, is_taking=False)
            location = verdict.location
            if verdict.outcome is not Outcome.FOLLOW and location is not None:
                assert verdict.status is not None, "a location comes with a status"
                return redirect(location.encode("ascii"), status=verdict.status)
            is_off = plan.options.preview is Preview.OFF
            if is_off and verdict.outcome not in OVER:
                return NO_SUCH_PAGE
            if location is None and verdict.outcome is not Outcome.PASSWORD_REQUIRED:
                return REFUSALS[verdict.outcome]
        root = self._domains.root_of(entry.domain)
        return preview(entry, location, base_url=root, accept=accept)


def _page_in(path: str) -> _Page | None:
    """Return the page that *path* asks for; None: there is none."""
    found = _PAGE.match(path)
    code = found and code_in(found[1])
    if found is None or code is None:
        return None
    return _Page(code, qr_form(found[3]) if found[3] else None)
