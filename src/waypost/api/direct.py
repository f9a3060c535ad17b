"""A fast path for a route that is called thousands of times per second.

FastAPI does much between a request and its function: it solves dependencies,
opens three exit stacks, decodes the body to dictionaries and validates those. A route
that needs none of this gets its body validated from the bytes, and FastAPI describes
it as any other (`docs/adr/0018-creates-in-batches.md`).
"""

from email.message import Message as MailMessage
from functools import cached_property
from typing import Final, TypeVar, get_type_hints

from fastapi import Request
from fastapi.exceptions import RequestValidationError
from pydantic import BaseModel, ValidationError
from pydantic_core import from_json
from starlette.routing import Match
from starlette.types import Receive, Scope, Send

from waypost.api.access.dry_runs import DryAnswer, begin_dry_run
from waypost.api.access.guard import GuardedRoute
from waypost.api.faults.fields import in_request
from waypost.http.bodies import whole_body

Model = TypeVar("Model", bound=BaseModel)

_BODY_KEY: Final = "waypost.body"
"""Where a request's scope carries the body that was read here."""
_JSON: Final = b"application/json"
_NO_BODY: Final = {"type": "missing", "loc": ("body",), "msg": "Field required"}


class DirectRoute(GuardedRoute):
    """A route whose function is `async (wanted: Model, request: Request) -> Response`.

    No dependencies and no parameters but these: they would be ignored.
    """

    is_of_domains = True

    def matches(self, scope: Scope) -> tuple[Match, Scope]:
        """Return whether it serves the request; quickly in the usual case.

        A path without parameters needs no regular expression.
        """
        if scope["path"] == self.path and scope["method"] in (self.methods or ()):
            return Match.FULL, {
                "endpoint": self.endpoint,
                "path_params": {},
                "route": self,
            }
        return super().matches(scope)

    async def handle(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request; the application handles exceptions."""
        if scope["method"] not in (self.methods or ()):
            await super().handle(scope, receive, send)
            return
        await self.authorise(scope)
        if begin_dry_run(self, scope):
            send = DryAnswer(send, self.operation_id, scope).send
        wanted = await read_json(scope, receive, self._model)
        response = await self.endpoint(wanted, Request(scope, receive))
        await response(scope, receive, send)

    @cached_property
    def _model(self) -> type[BaseModel]:
        model: type[BaseModel] = get_type_hints(self.endpoint)["wanted"]
        return model


async def read_json(scope: Scope, receive: Receive, model: type[Model]) -> Model:
    """Return the body of a request as *model*, refusing it as FastAPI does.

    Raises:
        RequestValidationError: It is not JSON, or not of this form.
        Refused: It is too large, not here in time, or not complete.
    """
    body = scope[_BODY_KEY] = await whole_body(receive)
    if not body:
        raise RequestValidationError([_NO_BODY])
    if not _is_json(dict(scope["headers"]).get(b"content-type", b"")):
        raise RequestValidationError([], body=body)
    try:
        return model.model_validate_json(body)
    except ValidationError as error:
        found = error.errors(
            include_url=False, include_context=False, include_input=False
        )
        raise RequestValidationError(
            [in_request(one) for one in found], body=_read(body)
        ) from None


def _read(body: bytes) -> object:
    """Return what is in *body*; None: it is not JSON."""
    try:
        return from_json(body)
    except ValueError:
        return None


async def body_of(request: Request) -> bytes:
    """Return the body of a request that was read already, here or by FastAPI."""
    body: bytes | None = request.scope.get(_BODY_KEY)
    return await request.body() if body is None else body


def _is_json(content_type: bytes) -> bool:
    if content_type == _JSON:
        return True
    header = MailMessage()
    header["content-type"] = content_type.decode("latin-1")
    subtype = header.get_content_subtype()
    is_application = header.get_content_maintype() == "application"
    return is_application and (subtype == "json" or subtype.endswith("+json"))
