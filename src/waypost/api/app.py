"""The control plane as an ASGI application."""

from importlib.metadata import version
from typing import Final

from fastapi import FastAPI
from starlette.middleware import Middleware

from waypost.api import exports, system
from waypost.api.abuse import pages as abuse_pages
from waypost.api.abuse import routes as abuse
from waypost.api.access.documents import add_keys
from waypost.api.access.dry_runs import add_dry_runs
from waypost.api.audit import routes as audit
from waypost.api.bulk import routes as bulk
from waypost.api.bulk.documents import add_bulk_schemas
from waypost.api.campaigns import routes as utm_templates
from waypost.api.context import ApiContext
from waypost.api.cross_origin import cross_origin
from waypost.api.documents import pages, robots
from waypost.api.documents.openapi import (
    Document,
    add_problem_schemas,
    add_redirect,
    keep_nulls,
)
from waypost.api.domains import routes as domains
from waypost.api.jobs import routes as jobs
from waypost.api.keys import asking
from waypost.api.keys import routes as keys
from waypost.api.links import lists, quarantine, routes, shorten, simulate, stats
from waypost.api.links.putting import routes as putting
from waypost.api.links.shown.fields import add_partial_links
from waypost.api.operations import routes as operations
from waypost.api.orphans import routes as unknown_codes
from waypost.api.problems import HANDLERS
from waypost.api.reports import routes as reports
from waypost.api.reports import streams
from waypost.api.request_log import RequestLog
from waypost.api.tags import routes as tags
from waypost.http.bodies import BodyLimit
from waypost.http.head import HeadAsGet

_ROUTERS: Final = (
    shorten.router,
    stats.router,
    routes.router,
    quarantine.router,
    putting.router,
    lists.router,
    simulate.router,
    bulk.router,
    audit.history,
    audit.router,
    reports.router,
    streams.router,
    unknown_codes.readers,
    unknown_codes.router,
    abuse.public,
    abuse.router,
    abuse_pages.router,
    tags.router,
    utm_templates.router,
    jobs.router,
    operations.router,
    exports.router,
    domains.readers,
    domains.router,
    keys.router,
    asking.guarded,
    asking.router,
    system.router,
    pages.router,
    robots.router,
)


def create_app(context: ApiContext) -> FastAPI:
    """Return the application that serves all requests but the redirects."""
    app = _Api(
        title="Waypost",
        summary="Shorten URLs, and count every click once.",
        version=version("waypost"),
        servers=[{"url": context.base_url}],
        # `pages` has its own, because FastAPI's load scripts from another server.
        openapi_url=None,
        docs_url=None,
        redoc_url=None,
        redirect_slashes=False,
        exception_handlers=HANDLERS,
        middleware=[
            Middleware(RequestLog, metrics=context.metrics),
            *cross_origin(context.cors_origins),
            Middleware(HeadAsGet),
            Middleware(
                BodyLimit,
                timeout_seconds=context.request_timeout_seconds,
                others={bulk.PATH: bulk.body_bound},
                larger=domains.BOUNDS,
            ),
        ],
        # FastAPI's handler would log what clients send, wrong input included.
        telemetry={"tracing": False, "metrics": False, "logs": False},
    )
    app.state.context = context
    app.state.pages = pages.Pages(app, base_url=context.base_url)
    app.state.robots = robots.KeptRobots()
    for router in _ROUTERS:
        # Not in a router of its own: FastAPI would look such a route up twice.
        app.router.routes.extend(router.routes)
    return app


class _Api(FastAPI):
    """FastAPI with a complete OpenAPI document."""

    def openapi(self) -> Document:
        # Completed once: FastAPI caches the document.
        if self.openapi_schema is None:
            document = super().openapi()
            keep_nulls(document, self.routes)
            add_problem_schemas(document)
            add_redirect(document)
            add_bulk_schemas(document)
            add_keys(document)
            add_dry_runs(document)
            add_partial_links(document)
        return super().openapi()
