"""A call of each operation that changes something, and what is there before it."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

import httpx

from tests.integration.api.conftest import AS_ADMIN

V1: Final = "/api/v1"
URL: Final = "https://example.com/"

Body = Mapping[str, object] | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """A call that changes something."""

    operation: str
    method: str
    path: str
    body: Body = None
    before: tuple[tuple[str, str, Body], ...] = ()
    """Calls that are made first; `{id}` of the path is that of the last answer."""
    status: int = 200
    """Of the call itself, and of its dry run if it is not 201."""
    unlike: frozenset[str] = frozenset()
    """Fields of the answer that differ, for a reason that the call's line says."""

    async def prepare(self, client: httpx.AsyncClient) -> str:
        """Make what has to be there; return the path of the call."""
        made: Mapping[str, object] = {}
        for method, path, body in self.before:
            answer = await client.request(
                method, V1 + path, json=body, headers=AS_ADMIN
            )
            assert answer.is_success, answer.text
            made = answer.json() if answer.content else {}
        if "{id}" in self.path and "id" not in made:
            listed = await client.get(
                V1 + self.path.split("/{id}")[0], headers=AS_ADMIN
            )
            made = listed.json()["data"][0]
        return V1 + self.path.replace("{id}", str(made.get("id")))


def _link(code: str, **more: object) -> tuple[str, str, Body]:
    return ("POST", "/links", {"url": URL, "code": code, **more})


_KEY: Final = ("POST", "/keys", {"name": "shop", "scopes": ["links:read"]})
_SPAM: Final = {"mode": "block", "reason": "spam"}

CALLS: Final = (
    Call(
        operation="shorten",
        method="POST",
        path="/../shorten",
        body={"url": URL},
        status=201,
    ),
    Call(
        operation="create_link",
        method="POST",
        path="/links",
        body={"url": URL, "code": "made", "external_id": "made", "tags": ["made"]},
        status=201,
    ),
    Call(
        operation="change_link",
        method="PATCH",
        path="/links/changed",
        body={"title": "x", "external_id": "changed"},
        before=(_link("changed"),),
    ),
    Call(
        operation="put_link",
        method="PUT",
        path="/links/ext:put",
        body={"url": URL},
        status=201,
    ),
    Call(
        operation="delete_link",
        method="DELETE",
        path="/links/deleted",
        before=(_link("deleted"),),
    ),
    Call(
        operation="restore_link",
        method="POST",
        path="/links/restored/restore",
        before=(_link("restored"), ("DELETE", "/links/restored", None)),
    ),
    Call(
        operation="quarantine_link",
        method="PUT",
        path="/links/stopped/quarantine",
        body=_SPAM,
        before=(_link("stopped"),),
    ),
    Call(
        operation="release_link",
        method="DELETE",
        path="/links/released/quarantine",
        before=(_link("released"), ("PUT", "/links/released/quarantine", _SPAM)),
    ),
    Call(
        operation="change_links",
        method="POST",
        path="/links/bulk",
        body={
            "items": [
                {"url": URL},
                {"url": URL, "code": "bulk-made"},
                # In one transaction, so that it sees the one before.
                {"op": "update", "link": "bulk-made", "title": "x"},
                {"op": "put", "link": "ext:bulk", "url": URL},
                {"op": "delete", "link": "bulk-deleted"},
                {"url": URL, "code": "bulk-deleted"},
            ]
        },
        before=(_link("bulk-deleted"),),
        # What is made has its places further in.
        unlike=frozenset({"results"}),
    ),
    Call(
        operation="create_key",
        method="POST",
        path="/keys",
        body={"name": "shop", "scopes": ["links:write"]},
        status=201,
    ),
    Call(
        operation="change_key",
        method="PATCH",
        path="/keys/{id}",
        body={"name": "form"},
        before=(_KEY,),
    ),
    Call(
        operation="rotate_key",
        method="POST",
        path="/keys/{id}/rotate",
        body={},
        before=(_KEY,),
    ),
    Call(
        operation="revoke_key",
        method="DELETE",
        path="/keys/{id}",
        before=(_KEY,),
        status=204,
    ),
    Call(
        operation="add_domain",
        method="POST",
        path="/domains",
        body={"host": "added.acme.com", "root_url": URL},
        status=201,
    ),
    Call(
        operation="change_domain",
        method="PATCH",
        path="/domains/go.acme.com",
        # The code is stored in another form, with an event.
        body={"case_sensitive": False},
        before=(
            ("POST", "/domains", {"host": "go.acme.com"}),
            _link("Cased", domain="go.acme.com"),
        ),
    ),
    Call(
        operation="remove_domain",
        method="DELETE",
        path="/domains/old.acme.com",
        before=(("POST", "/domains", {"host": "old.acme.com"}),),
        status=204,
    ),
    Call(
        operation="say_of_tag",
        method="PUT",
        path="/tags/said",
        body={"color": "#2f7d32"},
        status=201,
    ),
    Call(
        operation="change_tag",
        method="PATCH",
        path="/tags/renamed",
        body={"name": "renamed-26", "color": "#2f7d32"},
        before=(
            ("PUT", "/tags/renamed", {"description": "x"}),
            _link("tagged", tags=["renamed"]),
        ),
    ),
    Call(
        operation="delete_tag",
        method="DELETE",
        path="/tags/gone",
        before=(_link("untagged", tags=["gone"]),),
        status=204,
    ),
    Call(
        operation="put_utm_template",
        method="PUT",
        path="/utm-templates/newsletter",
        body={"source": "newsletter"},
        status=201,
    ),
    Call(
        operation="delete_utm_template",
        method="DELETE",
        path="/utm-templates/old",
        before=(("PUT", "/utm-templates/old", {"source": "old"}),),
        status=204,
    ),
    Call(
        operation="cancel_job",
        method="POST",
        path="/jobs/{id}/cancel",
        before=(("POST", "/jobs", {"type": "verify"}),),
    ),
    Call(
        operation="judge_abuse_report",
        method="PATCH",
        path="/abuse-reports/{id}",
        body={"state": "confirmed"},
        before=(
            _link("bad"),
            ("POST", "/abuse-reports", {"short_url": "bad", "reason": "spam"}),
        ),
    ),
    Call(operation="delete_unknown_codes", method="DELETE", path="/unknown-codes"),
)
