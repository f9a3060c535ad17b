"""A route that FastAPI analyses when it is first used.

To analyse all of them, with their parameters and bodies, takes longer than to answer
some hundred requests; most processes serve a few of them.
"""

import re
import warnings
from collections.abc import Callable, Mapping
from typing import Final

from fastapi.routing import APIRoute
from pydantic.warnings import UnsupportedFieldAttributeWarning
from starlette.routing import Match, compile_path
from starlette.types import Scope

_OF_PATH: Final = frozenset({"path_regex", "path_format", "param_convertors"})


class LateRoute(APIRoute):
    """A route of which only what finds it, and what guards it, is there at once.

    Every other attribute is there when it is first read. What FastAPI refuses of a
    declaration is raised then; the OpenAPI document reads every route.
    """

    def __init__(  # type: ignore[explicit-any]  # FastAPI's own type
        self,
        path: str,
        endpoint: Callable[..., object],
        **options: object,
    ) -> None:
        """Take what `APIRoute` takes."""
        self._declared = options
        self.path = path
        self.endpoint = endpoint
        self.methods = set(options["methods"])  # type: ignore[call-overload]  # a list
        self.operation_id = options["operation_id"]  # type: ignore[assignment]  # text
        extra = options["openapi_extra"]
        self.openapi_extra = extra  # type: ignore[assignment]  # a document
        self._start = path.partition("{")[0]

    def __getattr__(self, name: str) -> object:
        """Make what is not there yet."""
        if name in _OF_PATH:
            self._compile()
        elif "_declared" in self.__dict__:
            self._analyse(self.__dict__.pop("_declared"))
        else:
            raise AttributeError(name, name=name, obj=self)
        return getattr(self, name)

    def matches(self, scope: Scope) -> tuple[Match, Scope]:
        """Return whether it serves the request, mostly without a regular expression."""
        if not scope["path"].startswith(self._start):
            return Match.NONE, {}
        return super().matches(scope)

    def _analyse(self, options: Mapping[str, object]) -> None:
        super().__init__(
            self.path,
            self.endpoint,
            **options,  # type: ignore[arg-type]  # FastAPI itself passes them on
        )
        self._compile()
        self._complete()

    def _compile(self) -> None:
        """Make the expressions of the path, which match whole paths only.

        Starlette ends its expressions with `$`, which also matches before a newline at
        the end of the text: `/%0A` would be the front page.
        """
        found, self.path_format, self.param_convertors = compile_path(self.path)
        self.path_regex = re.compile(rf"{found.pattern.removesuffix('$')}\Z")

    def _complete(self) -> None:
        """Make what checks the bodies, of which FastAPI expects that it is there.

        It silences this warning while it does so itself.
        """
        fields = (self.body_field, self.response_field, *self.response_fields.values())
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", UnsupportedFieldAttributeWarning)
            for field in filter(None, fields):
                field._type_adapter.rebuild()  # noqa: SLF001  # there is no other way
