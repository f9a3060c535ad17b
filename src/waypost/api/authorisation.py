"""Who may manage links: the bearer of the server's admin token."""

from hmac import compare_digest
from typing import Annotated, Final

from fastapi import Depends, Request
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer

from waypost.api.context import context_of
from waypost.domain.errors import ChangesDisabled, NotAuthenticated

_BEARER: Final = HTTPBearer(
    scheme_name="admin", description="The server's `ADMIN_TOKEN`.", auto_error=False
)

Bearer = Annotated[HTTPAuthorizationCredentials | None, Depends(_BEARER)]


async def require_admin(request: Request, bearer: Bearer) -> None:
    """Refuse every request without the admin token.

    Raises:
        ChangesDisabled: There is no token in the settings, so that no request passes.
        NotAuthenticated: The request has another one, or none.
    """
    token = context_of(request).admin_token
    if not token:
        raise ChangesDisabled
    given = bearer.credentials if bearer else ""
    # In constant time: how long a refusal takes must not show how much was right.
    if not compare_digest(given.encode("latin-1"), token.encode()):
        raise NotAuthenticated


AsAdmin: Final = Depends(require_admin)
"""For a route's `dependencies`."""
