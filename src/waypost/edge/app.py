"""The redirect as an ASGI application, in front of the rest of the product.

::

    GET /{code} ─▶ is cached?  ─yes─────────▶ decide ─▶ record the click ─▶ redirect
                        │no                   ▲   └───▶ gone, not yet ────▶ 410, 404
                        ▼                     │
                   one look-up ─▶ found ──────┘
                        ├───────▶ no such link ─▶ note an orphan ─▶ 404
                        └───────▶ store away ───▶ 503, Retry-After
    GET /{code}/more ─▶ does the link pass paths on? ─yes─▶ as above
    POST /{code} ─▶ is it a form of ours? ─yes─▶ as above, 303
    anything else ─▶ pages of links, the API
"""

from typing import Final

from waypost.domain.codes import is_reserved, parse_code
from waypost.domain.errors import BackendUnavailable
from waypost.domain.verdict import Outcome
from waypost.edge.answers import (
    METHOD_NOT_ALLOWED,
    REFUSALS,
    UNKNOWN_CODE,
    Refusal,
    unavailable,
)
from waypost.edge.below import below_in
from waypost.edge.domains.visited import VisitedDomains
from waypost.edge.evidence import VALUE_LIMIT, noting, visit_in
from waypost.edge.forms.fields import is_form
from waypost.edge.forms.gate import Gate
from waypost.edge.lookups import Lookups
from waypost.edge.orphans import OrphanNotes
from waypost.edge.redirector import Redirector
from waypost.http.answers import Refused, send_answer
from waypost.http.asgi import Application, Receive, Scope, Send
from waypost.http.client_address import TrustedProxies
from waypost.http.problems import ERRORS_PAGE, problem_answer
from waypost.ports.near_cache import NearEntry
from waypost.telemetry.metrics import Tally

_VISITS: Final = frozenset({"GET", "HEAD"})


class EdgeApp:
    """Answers short codes itself and passes everything else on to *fallback*."""

    def __init__(  # noqa: PLR0913  # the parts of an edge
        self,
        *,
        redirector: Redirector,
        lookups: Lookups,
        domains: VisitedDomains,
        gate: Gate,
        proxies: TrustedProxies,
        tally: Tally,
        fallback: Application,
        orphans: OrphanNotes | None = None,
    ) -> None:
        """Answer by these parts; without *orphans*, no visit without a link is kept."""
        self._redirector = redirector
        self._lookups = lookups
        self._domains = domains
        self._gate = gate
        self._proxies = proxies
        self._tally = tally
        self._fallback = fallback
        self._orphans = orphans

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        code = code_in(scope["path"]) if scope["type"] == "http" else None
        if code is None:
            if not await self._visits_below(scope, receive, send):
                await self._fallback(scope, receive, send)
        elif scope["method"] in _VISITS or is_form(scope):
            await self._visit(code, scope, receive, send)
        else:
            await self._refuse(METHOD_NOT_ALLOWED, scope, send)

    async def _visit(
        self, code: str, scope: Scope, receive: Receive, send: Send
    ) -> None:
        """Answer a visit. HEAD gets the same answer and counts nothing."""
        key = self._domains.key(code, scope)
        if key is None:
            await self._refuse(REFUSALS[Outcome.DISABLED], scope, send)
            return
        entry = self._lookups.held(key)
        is_held = entry is not None
        if entry is None:
            try:
                entry = await self._lookups.look_up(key)
            except BackendUnavailable as error:
                await self._refuse_now(error, scope, send)
                return
        if entry is None:
            if self._orphans and scope["method"] == "GET":
                domain = self._domains.of(scope).host
                self._orphans.note_code(code, scope["headers"], domain)
            await self._refuse(UNKNOWN_CODE, scope, send)
            return
        await self._answer(entry, scope, receive, send, is_held=is_held)

    async def _visits_below(self, scope: Scope, receive: Receive, send: Send) -> bool:
        """Return whether it is a visit below the code of a link that passes paths on.

        If it is, it is answered.
        """
        if scope["type"] != "http" or not (
            scope["method"] in _VISITS or is_form(scope)
        ):
            return False
        below = below_in(scope)
        code = below and code_in(f"/{below.first}")
        key = code and self._domains.key(code, scope)
        if below is None or not key:
            return False
        is_held = self._lookups.held(key) is not None
        try:
            entry = await self._lookups.find(key)
        except BackendUnavailable as error:
            await self._refuse_now(error, scope, send)
            return True
        if entry is None or entry.plan is None or not entry.plan.options.forward_path:
            return False
        await self._answer(
            entry, scope, receive, send, is_held=is_held, path=below.rest
        )
        return True

    async def _refuse_now(
        self, error: BackendUnavailable, scope: Scope, send: Send
    ) -> None:
        self._tally.unavailable += scope["method"] == "GET"
        await self._refuse(unavailable(error), scope, send)

    async def _answer(  # noqa: PLR0913  # those of ASGI among them
        self,
        entry: NearEntry,
        scope: Scope,
        receive: Receive,
        send: Send,
        *,
        is_held: bool,
        path: str = "",
    ) -> None:
        visit = visit_in(scope, self._proxies, path)
        try:
            answer, counts, chosen = await self._gate.answer(
                entry, visit, scope, receive
            )
        except Refused as refused:
            await send_answer(send, problem_answer(refused, page=ERRORS_PAGE))
            return
        except BackendUnavailable as error:
            await self._refuse_now(error, scope, send)
            return
        if counts and scope["method"] != "HEAD":
            record = self._redirector.hit if is_held else self._redirector.looked_up
            query = scope["query_string"][:VALUE_LIMIT]
            headers = noting(visit.headers, chosen)
            record(entry, query, headers, visit.address, visit.country)
            self._redirector.commit()
        if isinstance(answer, Refusal):
            await self._refuse(answer, scope, send)
        else:
            await send_answer(send, answer)

    async def _refuse(self, refusal: Refusal, scope: Scope, send: Send) -> None:
        instead = self._domains.instead_of(refusal, scope)
        accept = dict(scope["headers"]).get(b"accept", b"")
        await send_answer(send, instead or await refusal.for_accept(accept))


def code_in(path: str) -> str | None:
    """Return the short code that *path* asks for; None: there is none.

    One slash at the end is accepted: people and email programs add it.
    """
    segment = path[1:].removesuffix("/")
    code = parse_code(segment)
    return None if code is None or is_reserved(code) else code
