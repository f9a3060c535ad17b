"""Carry a request out once, however often it is sent under its `Idempotency-Key`.

::

    key ─▶ runs here already? ─▶ 409
        ─▶ answered before? ─▶ the first answer again, or 422 if the body differs
        ─▶ one transaction {the answer, what it is about} ─▶ answered
               └─ another process was first: its answer
"""

from collections.abc import Awaitable, Callable, Mapping
from hashlib import sha256
from hmac import digest as hmac_digest
from typing import Final, NamedTuple, TypeAlias

import msgspec
from fastapi import Request, Response

from waypost.api.access.limiting import client_in
from waypost.api.access.own_links import PRINCIPAL_KEY
from waypost.api.context import context_of
from waypost.api.direct import body_of
from waypost.api.idempotency_key import HEADER, REPLAYED, idempotency_key
from waypost.api.problems import Outdated
from waypost.domain.access.keys import Principal
from waypost.domain.bulk.errors import IdempotencyInProgress, IdempotencyKeyReused
from waypost.domain.errors import BackendUnavailable, DomainError
from waypost.ports.bulk.answers import KeptAnswer


class _Answer(msgspec.Struct, frozen=True, array_like=True):
    """An answer as it is kept."""

    status: int
    headers: Mapping[str, str]
    body: str


_KEPT_HEADERS: Final = ("etag", "location", "retry-after")

_encode = msgspec.json.Encoder().encode
_decode = msgspec.json.Decoder(_Answer).decode


class Once(NamedTuple):
    """A request that is carried out once."""

    name: str
    digest: str

    def keeping(self, response: Response) -> KeptAnswer:
        """Return *response* as it is kept."""
        headers = {
            name: response.headers[name]
            for name in _KEPT_HEADERS
            if name in response.headers
        }
        body = bytes(response.body).decode()
        answer = _encode(_Answer(response.status_code, headers, body)).decode()
        return KeptAnswer(name=self.name, digest=self.digest, answer=answer)


Work: TypeAlias = Callable[[Once | None], Awaitable[Response]]
"""Carries a request out, and keeps its answer in the transaction that it makes.

None: the request cannot be sent again, and nothing is kept.
"""


async def answered(request: Request, work: Work) -> Response:
    """Return what *work* answers to *request*, or what it has answered before.

    Raises:
        As `answered_once`, if the request can be sent again.
    """
    if HEADER in request.headers:
        return await answered_once(request, work)
    return await work(None)


async def answered_once(request: Request, work: Work) -> Response:
    """Return what *work* answers to *request*, or what it has answered before.

    Raises:
        Refused: The header is not of the form that it has.
        IdempotencyKeyReused: The first request had another body.
        IdempotencyInProgress: It is carried out at the moment.
        BackendUnavailable: The store does not answer.
    """
    # Under the key, which is not stored: a body may hold a password.
    key = (idempotency_key(request) or "").encode()
    query: bytes = request.scope["query_string"]
    asked = (query + b"\n" if query else b"") + await body_of(request)
    digest = hmac_digest(key, asked, "sha256").hex()
    once = Once(_name_of(request), digest)
    with context_of(request).running.one(once.name):
        first = await _first_answer(once, request)
        if first is not None:
            return first
        try:
            return await work(once)
        except BackendUnavailable:
            raise
        except (DomainError, Outdated):
            # Another process was faster, and has committed: the answer is there, and
            # what it has made or changed may be why this one was refused.
            first = await _first_answer(once, request)
            if first is None:
                raise
            return first


async def keep(answer: KeptAnswer, request: Request) -> None:
    """Keep the answer to a request that has changed nothing.

    Raises:
        IdempotencyInProgress: The same request was carried out before.
        BackendUnavailable: The store does not answer.
    """
    links = context_of(request).links
    async with links.storage.transaction() as transaction:
        if not await transaction.answers.add([answer], at=links.clock.now()):
            raise IdempotencyInProgress


async def _first_answer(once: Once, request: Request) -> Response | None:
    """Return the first answer; None: there is none."""
    context = context_of(request)
    now = context.links.clock.now()
    kept = await context.answers.by_name(once.name, now=now)
    if kept is None:
        return None
    if kept.digest != once.digest:
        raise IdempotencyKeyReused
    answer = _decode(kept.answer)
    return Response(
        answer.body,
        status_code=answer.status,
        headers={**answer.headers, REPLAYED: "true"},
        media_type="application/json",
    )


def _name_of(request: Request) -> str:
    """Return by what a request is recognised.

    A digest, as neither the address of a client nor what clients write is kept.
    """
    principal: Principal | None = request.scope.get(PRINCIPAL_KEY)
    if principal is None:
        owner = f"address:{client_in(request.scope)}"
    else:
        owner = f"{principal.actor.type}:{principal.actor.id}"
    parts = (owner, request.scope["path"], idempotency_key(request) or "")
    return sha256("\n".join(parts).encode()).hexdigest()
