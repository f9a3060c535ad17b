"""The page of the HTTP API, from its OpenAPI document."""

import json
from collections.abc import Iterator
from datetime import timedelta
from http import HTTPStatus
from urllib.parse import urlsplit

from scripts.reference.markdown import code, page, sentences, table
from scripts.reference.operations import COMMANDS
from waypost.adapters.local import IdnaHostNames, SystemClock
from waypost.adapters.memory.abuse import MemoryAbuseReports
from waypost.adapters.memory.blocks import MemoryBlocks
from waypost.adapters.memory.rate_limits import MemoryRateLimiter
from waypost.adapters.memory.storage import MemoryStorage
from waypost.adapters.password_hashes import Argon2Hasher
from waypost.api.app import create_app
from waypost.api.context import ApiContext
from waypost.api.documents.openapi import Document
from waypost.domain.clicks import LANES
from waypost.domain.codes import CodePermutation
from waypost.domain.urls.own_server import OwnServer
from waypost.domain.urls.targets import TargetPolicy
from waypost.services.access.authenticate import Authenticator
from waypost.services.access.context import AccessContext
from waypost.services.access.limits import AccessLimits
from waypost.services.access.manage import KeyContext
from waypost.services.access.uses import KeyUses
from waypost.services.campaigns.manage import TemplateContext
from waypost.services.clicks.settle import CountedElsewhere
from waypost.services.domains.known import KnownDomains
from waypost.services.domains.manage import DomainContext
from waypost.services.ids.allocate import CodeAllocator
from waypost.services.links.context import LinkContext
from waypost.services.links.create_batches import (
    CreateBatches,
    CreateContext,
    CreateLimits,
)
from waypost.services.links.relay import Caches, EventRelay
from waypost.services.tags.changing import TagChanges
from waypost.services.tags.context import TagContext
from waypost.telemetry.health import Readiness
from waypost.telemetry.metrics import Metrics

_INTRODUCTION = """
A running server explains the same at `/docs`, and gives the whole OpenAPI document, with all schemas and examples, at `/openapi.json`.
Bodies are JSON; refusals are problem documents, listed in [errors](errors.md).
A request may bring `X-Request-ID` and `traceparent`; the answer carries them back, and the log names them; redirects carry neither.
A body with a field that the request does not take is refused.
Pages of other sites may call the API where `CORS_ORIGINS` names their origin.
HEAD is answered wherever GET is.
"""  # noqa: E501 - one sentence per line

_EXAMPLE_HOST = "https://go.example.com"


def api_page() -> str:
    """Return `docs/reference/api.md`."""
    parts = [
        part
        for path, operations in openapi_document()["paths"].items()
        for method, operation in operations.items()
        for part in _section(f"{method.upper()} {path}", operation)
    ]
    return page("HTTP API", _INTRODUCTION, *parts)


def openapi_document() -> Document:
    """Return the OpenAPI document of a server over memory backends."""
    metrics, storage = Metrics(), MemoryStorage()
    relay = EventRelay(
        storage=storage,
        caches=Caches(invalidate=lambda _code, _version: None),
        metrics=metrics,
        interval=1.0,
    )
    links = _links(storage, relay, metrics)
    known = KnownDomains(storage.domains, base_url=_EXAMPLE_HOST)
    tags = TagContext(
        storage=storage, tags=storage.tags, lists=storage.lists, clock=SystemClock()
    )
    context = ApiContext(
        links=links,
        tags=tags,
        tag_changes=TagChanges(tags),
        templates=TemplateContext(
            storage=storage, templates=storage.utm_templates, clock=SystemClock()
        ),
        domains=DomainContext(
            storage=storage,
            known=known,
            target=links.new_target,
            hosts=links.hosts,
            clock=links.clock,
        ),
        done_batches=storage.done_batches,
        answers=storage.answers,
        relay=relay,
        abuse_reports=MemoryAbuseReports(),
        settlement=CountedElsewhere(
            journal="", last=lambda: [0] * LANES, storage=storage
        ),
        shared=None,
        journal=storage.ping,
        readers=storage.ping,
        readiness=Readiness(),
        cors_origins=(),
        access=_access(storage, metrics),
        audit=storage.audit,
        audit_files=storage.ping,
        metrics=metrics,
        base_url=_EXAMPLE_HOST,
        request_timeout_seconds=1.0,
    )
    return create_app(context).openapi()


def _access(storage: MemoryStorage, metrics: Metrics) -> AccessContext:
    clock, uses = SystemClock(), KeyUses(storage)
    authenticator = Authenticator(keys=storage.keys, uses=uses, clock=clock)
    return AccessContext(
        authenticator=authenticator,
        uses=uses,
        keys=KeyContext(
            storage=storage,
            clock=clock,
            forget=authenticator.forget,
            has_admin_token=False,
        ),
        limits=AccessLimits(limiter=MemoryRateLimiter(), metrics=metrics),
        is_creation_public=False,
        default_domain=urlsplit(_EXAMPLE_HOST).netloc,
    )


def _links(storage: MemoryStorage, relay: EventRelay, metrics: Metrics) -> LinkContext:
    return LinkContext(
        storage=storage,
        lists=storage.lists,
        allocator=CodeAllocator(
            blocks=MemoryBlocks(),
            permutation=CodePermutation(b"only for the document"),
            block_size=1,
            metrics=metrics,
        ),
        batches=CreateBatches(
            CreateContext(
                storage=storage,
                event_readers=(),
                forget=lambda _code: None,
                nudge=relay.nudge,
                metrics=metrics,
            ),
            limits=CreateLimits(),
        ),
        policy=TargetPolicy(
            schemes=frozenset({"https"}),
            max_length=8_192,
            allow_credentials=False,
            own=OwnServer(),
        ),
        are_unicode_codes_allowed=False,
        restorable=timedelta(days=7),
        passwords=Argon2Hasher(threads=1),
        hosts=IdnaHostNames(),
        clock=SystemClock(),
        event_readers=(),
        nudge=relay.nudge,
    )


def _section(heading: str, operation: Document) -> Iterator[str]:
    yield f"## {code(heading)}"
    for paragraph in operation["description"].split("\n\n"):
        yield sentences(paragraph)
    if command := COMMANDS.get(operation["operationId"]):
        yield f"On the command line: {code(command)}"
    if queries := [p for p in operation.get("parameters", []) if p["in"] == "query"]:
        yield table(
            ["Parameter", "Meaning"],
            ((code(one["name"]), one["description"]) for one in queries),
        )
    for example in _examples(operation.get("requestBody", {})):
        yield f"{example.get('summary', 'A request')}:"
        yield _json(example["value"])
    for answer in operation["responses"].values():
        for example in _examples(answer):
            if "application/problem+json" not in answer["content"]:
                yield "The answer:"
                yield _shown(example["value"])
    yield table(
        ["Status", "Meaning"],
        (
            (status, _without_phrase(answer["description"], HTTPStatus(int(status))))
            for status, answer in operation["responses"].items()
        ),
    )


def _without_phrase(description: str, status: HTTPStatus) -> str:
    # The standard library has renamed some statuses; the page must not follow.
    return description.removeprefix(f"{status.phrase}: ")


def _examples(body: Document) -> list[Document]:
    media: Document = next(iter(body.get("content", {}).values()), {})
    return list(media.get("examples", {}).values())


def _shown(value: object) -> str:
    if isinstance(value, str):
        return "\n".join(("```", *value.strip().splitlines(), "```"))
    return _json(value)


def _json(value: object) -> str:
    return "\n".join(["```json", json.dumps(value, indent=2), "```"])
