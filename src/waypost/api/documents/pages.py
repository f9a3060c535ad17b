"""The start page, and the reference of the API for people and for programs."""

from functools import cached_property

from fastapi import APIRouter, FastAPI, Request, Response
from fastapi.responses import JSONResponse

from waypost.api.context import context_of
from waypost.api.documents.assets import NAMES, Assets
from waypost.api.late.route import LateRoute
from waypost.api.responses import response_of
from waypost.http.answers import Answer, Refused
from waypost.http.pages import page_answer
from waypost.http.statuses import ERRORS, NO_SUCH_PAGE
from waypost.web.rendering import loaded

router = APIRouter(include_in_schema=False, route_class=LateRoute)


@router.get("/")
async def start_page(request: Request) -> Response:
    """Make a first link, or say how."""
    return response_of(await pages_of(request).start(request))


@router.get("/docs")
async def reference_page(request: Request) -> Response:
    """Explain every call, which can be tried out, and every refusal."""
    return response_of(await pages_of(request).reference())


@router.get("/openapi.json")
async def openapi_document(request: Request) -> Response:
    """Describe the API to programs."""
    document = pages_of(request).document
    return Response(document, media_type="application/json")


@router.get("/assets/{name}")
async def asset(name: str, request: Request, v: str = "") -> Response:
    """Return a script or a style."""
    if name not in NAMES:
        raise Refused(NO_SUCH_PAGE)
    return await _file(request, name, version=v)


@router.get("/favicon.ico")
@router.get("/favicon.svg")
async def icon(request: Request) -> Response:
    """Return the icon that browsers show beside the name of a page."""
    return await _file(request, request.url.path.removeprefix("/"))


async def _file(request: Request, name: str, *, version: str = "") -> Response:
    packs = "gzip" in request.headers.get("Accept-Encoding", "")
    assets = pages_of(request).assets
    return response_of(await assets.answer(name, version=version, packs=packs))


class Pages:
    """Documents that take long to make and never change: made at the first request."""

    def __init__(self, app: FastAPI, *, base_url: str) -> None:
        self._app = app
        self._base_url = base_url
        self._reference: Answer | None = None
        self.assets = Assets()

    async def start(self, request: Request) -> Answer:
        """Return the page at `/`."""
        await loaded()
        await self.assets.load(frozenset({"start.js"}))
        is_public = context_of(request).access.is_creation_public
        return page_answer(
            200,
            "start.html",
            has_form=is_public,
            has_scripts=is_public,
            asset=self.assets.url,
            base_url=self._base_url,
            is_creation_public=is_public,
            is_indexed=True,
        )

    async def reference(self) -> Answer:
        """Return the page at `/docs`."""
        if self._reference is None:
            await loaded()
            await self.assets.load(NAMES)
            self._reference = page_answer(
                200,
                "reference.html",
                has_form=True,
                has_scripts=True,
                asset=self.assets.url,
                errors=list(ERRORS.values()),
            )
        return self._reference

    @cached_property
    def document(self) -> bytes:
        """The OpenAPI document."""
        return bytes(JSONResponse(self._app.openapi()).body)


def pages_of(request: Request) -> Pages:
    """Return the pages of the application that serves *request*."""
    pages: Pages = request.app.state.pages
    return pages
