"""No link can take the place of a page of the product."""

import pytest
from starlette.routing import BaseRoute

from tests.integration.api.conftest import Api
from waypost.domain.codes import check_custom_code, is_reserved, may_be_code
from waypost.domain.errors import ReservedCode
from waypost.keygen import app as keygen_app


def first_segment(route: BaseRoute) -> str:
    """Return where a route begins, without slashes."""
    return str(getattr(route, "path", "")).strip("/").partition("/")[0]


def test_every_route_begins_with_a_reserved_word(api: Api) -> None:
    """The first word of every route, of the app or of keygen, cannot be a code."""
    routes = {first_segment(route) for route in api.create().routes}
    routes |= {path.strip("/") for path in keygen_app._METHODS}
    words = {word for word in routes if may_be_code(word)}
    assert {"api", "docs", "health", "livez", "metrics", "readyz", "allocate"} <= words
    for word in words:
        for spelling in (word, word.upper(), word.title()):
            assert is_reserved(spelling)
            with pytest.raises(ReservedCode):
                check_custom_code(spelling)
