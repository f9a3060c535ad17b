"""Options of links over HTTP: made, read, changed, refused, and deleted."""

import httpx
import pytest

from tests.integration.api.conftest import AS_ADMIN, BASE_URL, Api
from tests.integration.api.faults import named
from tests.integration.api.links.samples import DEFAULTS, RULE

LINKS = "/api/v1/links"
TARGET = "https://example.com/spring"
OTHERS: dict[str, object] = {
    "title": "Spring catalogue",
    "notes": "Poster, hall 3",
    "valid_since": "2026-03-01T00:00:00Z",
    "valid_until": "2126-06-01T00:00:00Z",
    "disabled": True,
    "max_clicks": 1_000_000_000,
    "expired_url": "https://example.com/summer",
    "redirect_status": 308,
    "forward_query": True,
    "forward_path": True,
    "crawlable": True,
    "utm": {
        "source": "poster",
        "medium": "print",
        "campaign": "spring & summer",
        "term": None,
        "content": "",
    },
    "preview": "always",
    "rules": [RULE],
    "variants": [{"name": "b", "url": "https://example.com/b", "weight": 30}],
    "tags": ["print", "Spring"],
    "archived": True,
}


async def make(client: httpx.AsyncClient, **body: object) -> httpx.Response:
    """Ask for a link."""
    return await client.post(LINKS, json={"url": TARGET, **body})


async def patch(
    client: httpx.AsyncClient, code: str, body: dict[str, object]
) -> httpx.Response:
    """Ask for a change, as one who may."""
    return await client.patch(f"{LINKS}/{code}", json=body, headers=AS_ADMIN)


def options_of(link: dict[str, object]) -> dict[str, object]:
    """Return what is set on a link."""
    return {name: link[name] for name in DEFAULTS}


async def test_a_link_without_options(client: httpx.AsyncClient) -> None:
    """It has all fields of the contract, and the first version."""
    answer = await make(client)

    link = answer.json()
    assert answer.status_code == 201
    assert answer.headers["ETag"] == '"1"'
    assert answer.headers["Location"] == f"{LINKS}/{link['code']}"
    assert link == {
        **DEFAULTS,
        "id": 1,
        "version": 1,
        "state": "active",
        "clicks_left": None,
        "domain": "go.example.com",
        "code": link["code"],
        "short_url": f"{BASE_URL}/{link['code']}",
        "qr_url": f"{BASE_URL}/{link['code']}/qr.svg",
        "url": TARGET,
        "clicks": {"all": 0, "people": None, "machines": None},
        "created_at": link["created_at"],
        "updated_at": link["created_at"],
        "deleted_at": None,
        "quarantine": None,
        "has_password": False,
        "restorable_until": None,
        "external_id": None,
        "created_by": {"type": "anonymous", "id": None, "name": None},
    }


@pytest.mark.parametrize("name", OTHERS)
async def test_each_option(client: httpx.AsyncClient, name: str) -> None:
    """It is kept from the creation on, stays unless named, and null takes it back."""
    only = {**DEFAULTS, name: OTHERS[name]}
    made = (await make(client, **{name: OTHERS[name]})).json()
    untouched = await patch(client, made["code"], {"url": "https://example.org/"})
    cleared = await patch(client, made["code"], {name: None})
    set_again = await patch(client, made["code"], {name: OTHERS[name]})
    read = await client.get(f"{LINKS}/{made['code']}", headers=AS_ADMIN)

    assert options_of(made) == options_of(untouched.json()) == only
    assert options_of(cleared.json()) == DEFAULTS
    assert options_of(set_again.json()) == only
    assert read.json() == set_again.json()
    assert [made["version"], cleared.json()["version"]] == [2, 4]


async def test_all_options_at_once(client: httpx.AsyncClient) -> None:
    """None of them gets in another's way."""
    assert options_of((await make(client, **OTHERS)).json()) == OTHERS


@pytest.mark.parametrize(
    ("options", "state"),
    [
        ({"valid_since": "+1d"}, "scheduled"),
        ({"valid_until": "-1d"}, "expired"),
        ({"disabled": True}, "disabled"),
    ],
)
async def test_states(
    client: httpx.AsyncClient, options: dict[str, object], state: str
) -> None:
    """A link says what it is now."""
    assert (await make(client, **options)).json()["state"] == state


@pytest.mark.parametrize(
    ("body", "field", "words"),
    [
        ({"valid_since": "2026-03-01T00:00:00"}, "valid_since", "a moment is written"),
        ({"valid_until": "2026-03-01"}, "valid_until", "a moment is written"),
        ({"valid_until": "2026-02-30T00:00:00Z"}, "valid_until", "a moment is written"),
        ({"valid_until": "+999999w"}, "valid_until", "a moment is written"),
        ({"valid_until": 5}, "valid_until", "a moment is written"),
        ({"disabled": "yes"}, "disabled", "Input should be a valid boolean"),
        ({"max_clicks": 0}, "max_clicks", "greater than or equal to 1"),
        ({"max_clicks": 10**9 + 1}, "max_clicks", "less than or equal to 1000000000"),
        ({"forward_query": 1}, "forward_query", "Input should be a valid boolean"),
        ({"forward_path": "on"}, "forward_path", "Input should be a valid boolean"),
        ({"redirect_status": 303}, "redirect_status", "should be 301, 302, 307 or 308"),
        ({"redirect_status": True}, "redirect_status", "should be 301, 302, 307"),
        ({"redirect_status": "301"}, "redirect_status", "should be 301, 302, 307"),
        ({"title": "x" * 256}, "title", "at most 255 characters"),
        ({"notes": "x" * 5_001}, "notes", "at most 5000 characters"),
        ({"expired_url": 5}, "expired_url", "valid string"),
        ({"utm": "poster"}, "utm", "valid dictionary"),
        ({"utm": {"source": 5}}, "utm.source", "valid string"),
        ({"utm": {"term": "x" * 256}}, "utm.term", "at most 255 characters"),
        ({"url": None}, "url", "valid string"),
    ],
)
async def test_wrong_values(
    client: httpx.AsyncClient, body: dict[str, object], field: str, words: str
) -> None:
    """422 names the field and what it may be, created and changed alike."""
    made = (await make(client, code="kept")).json()
    for answer in (await make(client, **body), await patch(client, "kept", body)):
        assert (answer.status_code, answer.json()["code"]) == (422, "invalid-request")
        (error,) = answer.json()["errors"]
        assert error["field"] == field
        assert words in error["message"]
        assert "Value error" not in error["message"]
    assert (await client.get(f"{LINKS}/kept", headers=AS_ADMIN)).json() == made


async def test_utm_is_changed_in_parts(client: httpx.AsyncClient) -> None:
    """A change names those that change; the last one that is cleared leaves null."""
    await make(client, code="parts", utm={"source": "poster", "term": "shoes"})
    seen = []
    for utm in ({"term": "x"}, {}, {"source": None}, {"term": None}, None):
        changed = (await patch(client, "parts", {"utm": utm})).json()
        seen.append((changed["version"], changed["utm"]))
    none = dict.fromkeys(("source", "medium", "campaign", "term", "content"))
    both = {**none, "source": "poster", "term": "x"}
    term = {**none, "term": "x"}
    assert seen == [(3, both), (3, both), (4, term), (5, None), (5, None)]


async def test_utm_has_five_names(client: httpx.AsyncClient) -> None:
    """Another one is refused, and not left out."""
    answer = await make(client, utm={"source": "poster", "id": "7"})
    assert (answer.status_code, answer.json()["code"]) == (422, "unknown-field")


async def test_utm_must_fit(client: httpx.AsyncClient) -> None:
    """A redirect that would be too long is refused, at a later change as well."""
    full = dict.fromkeys(("source", "medium", "campaign"), "🎈" * 255)
    refused = await make(client, utm=full)
    assert (refused.status_code, refused.json()["code"]) == (422, "option-conflict")
    await make(client, code="full", utm={**full, "campaign": "🎈" * 150})
    changed = await patch(client, "full", {"url": TARGET + "/" * 1_000})
    assert changed.json()["code"] == "option-conflict"
    bad = await make(client, utm={"source": "a\nb"})
    assert bad.json()["code"] == "option-conflict"


@pytest.mark.parametrize("since", ["2026-06-01T00:00:00Z", "2026-07-01T00:00:00Z"])
async def test_a_conflict(client: httpx.AsyncClient, since: str) -> None:
    """Options that contradict each other are refused, also with what is set already."""
    until: dict[str, object] = {"valid_until": "2026-06-01T00:00:00Z"}
    await make(client, code="until", **until)
    for answer in (
        await make(client, valid_since=since, **until),
        await patch(client, "until", {"valid_since": since}),
    ):
        assert (answer.status_code, answer.json()["code"]) == (422, "option-conflict")
        assert answer.json()["detail"] == "valid_since must lie before valid_until."


async def test_a_text_that_cannot_be_shown(client: httpx.AsyncClient) -> None:
    """No title moves the cursor of the terminal on which it is shown."""
    answer = await make(client, title="\x1b[2J")

    assert (answer.status_code, answer.json()["code"]) == (422, "option-conflict")
    assert answer.json()["detail"] == "title has control characters."


async def test_a_patch_that_changes_nothing(client: httpx.AsyncClient) -> None:
    """It is not a new version."""
    made = (await make(client, code="same", title="Same")).json()
    nothing: list[dict[str, object]] = [{}, {"title": "Same"}, {"notes": None}]
    for body in nothing:
        assert (await patch(client, "same", body)).json() == made


@pytest.mark.parametrize(
    ("field", "message"),
    [
        ("redirect_stat", "There is no such field. Did you mean redirect_status?"),
        ("expires", "There is no such field. Did you mean valid_until?"),
        ("custom_code", "There is no such field. Did you mean code?"),
        ("original_url", "There is no such field. Did you mean url?"),
        ("state", "This field can only be read."),
    ],
)
async def test_unknown_fields(
    client: httpx.AsyncClient, field: str, message: str
) -> None:
    """A field that does not exist is refused with the one that was meant."""
    answer = await make(client, **{field: "x"})

    assert (answer.status_code, answer.json()["code"]) == (422, "unknown-field")
    assert named(answer) == [(field, message)]


async def test_unknown_fields_within_a_field(client: httpx.AsyncClient) -> None:
    """The names of the fields around it, which it is not, are not listed for it."""
    answer = await make(client, utm={"sauce": "x"})

    said = "There is no such field here; /docs lists them."
    assert named(answer) == [("utm.sauce", said)]


async def test_expired_urls_are_targets(client: httpx.AsyncClient) -> None:
    """They are refused and normalised as targets are."""
    refused = await make(client, expired_url="javascript:alert(1)")
    own = await make(client, expired_url=f"{BASE_URL}/other")
    kept = await make(client, expired_url="https://bücher.example/")

    assert refused.json()["code"] == "target-scheme-not-allowed"
    assert refused.json()["detail"].startswith("expired_url: ")
    assert own.json()["code"] == "target-own-link"
    assert kept.json()["expired_url"] == "https://xn--bcher-kva.example/"


@pytest.mark.parametrize(
    "code", ["a", "-", "spring-26", "a_b.c~d", "v1.2", "a" * 128, "2026"]
)
async def test_chosen_codes(client: httpx.AsyncClient, code: str) -> None:
    """1 to 128 letters, digits and marks; found again under their address."""
    made = await make(client, code=code)
    read = await client.get(made.headers["Location"], headers=AS_ADMIN)

    assert (made.status_code, made.json()["code"]) == (201, code)
    assert read.json() == made.json()


@pytest.mark.parametrize(
    ("code", "reason"),
    [
        ("", "invalid-code"),
        ("a" * 129, "invalid-code"),
        (".hidden", "invalid-code"),
        ("a b", "invalid-code"),
        ("a/b", "invalid-code"),
        ("a:b", "invalid-code"),
        ("frühling", "invalid-code"),
        ("robots.txt", "reserved-code"),
        ("Admin", "reserved-code"),
    ],
)
async def test_codes_that_cannot_be(
    client: httpx.AsyncClient, code: str, reason: str
) -> None:
    """What a URL cannot show as it is typed, and what the product needs itself."""
    answer = await make(client, code=code)

    assert (answer.status_code, answer.json()["code"]) == (422, reason)


async def test_codes_of_other_scripts() -> None:
    """Taken by setting, composed, and found however their letters are sent."""
    app = Api(are_unicode_codes_allowed=True).create()
    transport = httpx.ASGITransport(app)
    async with httpx.AsyncClient(transport=transport, base_url=BASE_URL) as client:
        made = await make(client, code="fru\u0308hling")
        read = await client.get(f"{LINKS}/fru%CC%88hling", headers=AS_ADMIN)
        narrow = await client.post(
            "/api/shorten", json={"url": TARGET, "custom_code": "frühling2"}
        )

    assert (made.status_code, made.json()["code"]) == (201, "fr\u00fchling")
    assert made.headers["Location"] == f"{LINKS}/fr%C3%BChling"
    assert made.json()["short_url"] == f"{BASE_URL}/fr%C3%BChling"
    assert read.json() == made.json()
    assert narrow.json()["code"] == "invalid-code"


async def test_a_deleted_link(client: httpx.AsyncClient) -> None:
    """It can be read, not changed; its code is not given again."""
    await make(client, code="gone", title="Old")
    address = f"{LINKS}/gone"
    stale = await client.delete(address, headers=AS_ADMIN | {"If-Match": '"1"'})
    deleted = await client.delete(address, headers=AS_ADMIN | {"If-Match": '"2"'})
    read = await client.get(address, headers=AS_ADMIN)
    changed = await patch(client, "gone", {"title": None})
    again = await client.delete(address, headers=AS_ADMIN)
    taken = await make(client, code="gone")
    narrow = await client.post(
        "/api/shorten", json={"url": TARGET, "custom_code": "gone"}
    )

    assert (stale.status_code, stale.json()["code"]) == (412, "precondition-failed")
    assert (deleted.status_code, deleted.json()["state"]) == (200, "deleted")
    assert (deleted.headers["ETag"], deleted.json()["title"]) == ('"3"', "Old")
    assert read.json() == deleted.json()
    for answer in (changed, again):
        assert (answer.status_code, answer.json()["code"]) == (410, "link-deleted")
    for answer in (taken, narrow):
        assert (answer.status_code, answer.json()["code"]) == (409, "code-taken")
    assert (await client.get("/api/stats/gone")).status_code == 404


@pytest.mark.parametrize("method", ["GET", "PATCH", "DELETE"])
async def test_only_with_the_token(client: httpx.AsyncClient, method: str) -> None:
    """401 without the token, and with one that the server does not have."""
    await make(client, code="kept")
    without = await client.request(method, f"{LINKS}/kept")
    transport = httpx.ASGITransport(Api(admin_token="").create())
    async with httpx.AsyncClient(transport=transport, base_url=BASE_URL) as other:
        closed = await other.request(method, f"{LINKS}/kept", headers=AS_ADMIN)

    for answer in (without, closed):
        assert answer.status_code == 401
        assert answer.json()["code"] == "not-authenticated"


async def test_documented_moments(client: httpx.AsyncClient) -> None:
    """The document does not rule out what is taken."""
    document = (await client.get("/openapi.json")).json()

    fields = document["components"]["schemas"]["NewLink"]["properties"]
    assert "date-time" not in str(fields["valid_until"])


async def test_documented_defaults(client: httpx.AsyncClient) -> None:
    """What is left out of a patch is not set to any default, and may be left out."""
    schemas = (await client.get("/openapi.json")).json()["components"]["schemas"]
    changes = schemas["LinkChanges"]
    others = {"url", "version", "add_tags", "remove_tags", "password"}
    others |= {"external_id", "utm_template", "fetch_title"}
    assert others | DEFAULTS.keys() == changes["properties"].keys()
    assert not any("default" in field for field in changes["properties"].values())
    assert "required" not in changes
