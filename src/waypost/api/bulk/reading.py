"""Read items: each is checked like the request about one link that it stands for."""

import asyncio
from collections.abc import Mapping, Sequence
from typing import Final, NamedTuple

import msgspec
from pydantic import ValidationError
from pydantic_core import from_json

from waypost.api.access.guard import bound_of, check_scope
from waypost.api.access.own_links import own_id
from waypost.api.bulk.bodies import (
    MAX_REF,
    CreateItem,
    DeleteItem,
    ItemBody,
    PutItem,
    RestoreItem,
    UpdateItem,
)
from waypost.api.bulk.owners import owned, within
from waypost.api.bulk.plain import plain_item
from waypost.api.context import ApiContext
from waypost.api.faults.fields import faults, in_request
from waypost.api.faults.judging import others_wrong
from waypost.api.links.bodies import LinkView
from waypost.api.links.options.bodies import OptionsBody
from waypost.domain.access.keys import Principal
from waypost.domain.access.scopes import KeyScope
from waypost.domain.errors import DomainError
from waypost.domain.passwords.texts import PasswordHash
from waypost.domain.wrong.codes import FieldCode
from waypost.domain.wrong.values import WrongValue
from waypost.http.statuses import BODY_TOO_LARGE, INVALID_REQUEST, MALFORMED_JSON
from waypost.ports.access.passwords import PasswordHasher
from waypost.services.bulk.items import Item, Refusal, Reusable
from waypost.services.links.context import LinkContext
from waypost.services.puts.put import password_before

_AT_ONCE: Final = 25
"""Items that are read before others of this event loop have their turn: a millisecond,
or less."""
_CREATE: Final = "create"
_TEMPLATE: Final = b"utm_template"
_BODIES: Final[Mapping[str, type[ItemBody]]] = {
    _CREATE: CreateItem,
    "update": UpdateItem,
    "put": PutItem,
    "delete": DeleteItem,
    "restore": RestoreItem,
}
"""What an item consists of, by its `op`."""
_TOO_LONG: Final = Refusal(BODY_TOO_LARGE.code, "This line is longer than 64 KiB.")
_NO_JSON: Final = Refusal(
    MALFORMED_JSON.code, "This is not complete and valid JSON in UTF-8."
)
_NO_OBJECT: Final = Refusal(
    INVALID_REQUEST.code, 'An item is a JSON object, such as {"url": "…"}.'
)
_UNKNOWN_OP: Final = Refusal(
    INVALID_REQUEST.code,
    "There is no such op.",
    [
        WrongValue(
            ("op",),
            FieldCode.UNKNOWN_VALUE.value,
            f"There is no such op. There are {', '.join(_BODIES)}.",
        )
    ],
)
_SCOPES: Final = (KeyScope.LINKS_CREATE, KeyScope.LINKS_READ, KeyScope.LINKS_WRITE)


class ReadItem(NamedTuple):
    """An item as far as it could be read."""

    ref: str | None
    op: str
    item: Item


class _Head(msgspec.Struct):
    """What is read of an item first; nothing of it is checked yet."""

    op: msgspec.Raw = msgspec.Raw(b'"create"')
    ref: msgspec.Raw = msgspec.Raw(b"null")


_decode_head = msgspec.json.Decoder(_Head).decode


class ItemReader:
    """Reads the items of one client."""

    def __init__(self, context: ApiContext, principal: Principal) -> None:
        self._links = context.links
        self._passwords = _HashedOnce(context.links.passwords)
        self._owner = own_id(principal)
        self._bound = bound_of(principal, context.access)
        self._refused = {
            scope: refusal
            for scope in _SCOPES
            if (refusal := _refusal_of(scope, principal, context)) is not None
        }

    async def read(self, texts: Sequence[bytes | None]) -> list[ReadItem]:
        """Return the items that *texts* are; None stands for one that is too long."""
        items = []
        if any(text is not None and _TEMPLATE in text for text in texts):
            await self._links.templates.read()
        for number, text in enumerate(texts):
            if number % _AT_ONCE == 0:
                await asyncio.sleep(0)
            items.append(self._plain(text) or await self._read(text))
        return items

    def _plain(self, text: bytes | None) -> ReadItem | None:
        """Return a plain link to make; None: it is more than that, or wrong."""
        if text is None or CreateItem.needed in self._refused:
            return None
        plain = plain_item(text, longest_ref=MAX_REF)
        if plain is None:
            return None
        item: Item
        try:
            item = plain.drafted(self._links)
            item = within(item, self._bound, self._links)
        except DomainError as error:
            item = Refusal.of(error)
        return ReadItem(plain.ref, _CREATE, item)

    async def _read(self, text: bytes | None) -> ReadItem:
        if text is None:
            return ReadItem(None, _CREATE, _TOO_LONG)
        try:
            head = _decode_head(text)
        except msgspec.ValidationError:
            return ReadItem(None, _CREATE, _NO_OBJECT)
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
            return ReadItem(None, _CREATE, _NO_JSON)
        op, ref = _text(head.op), _text(head.ref)
        body = _BODIES.get(op or "")
        if op is None or body is None:
            return ReadItem(ref, _CREATE, _UNKNOWN_OP)
        return ReadItem(ref, op, await self._item(body, text))

    async def _item(self, body: type[ItemBody], text: bytes) -> Item:
        if refusal := self._refused.get(body.needed):
            return refusal
        try:
            wanted = body.model_validate_json(text)
            if isinstance(wanted, OptionsBody):
                await self._hash_password(wanted)
            item = within(wanted.item(self._links), self._bound, self._links)
        except ValidationError as error:
            return _refusal(error, body, text, self._links)
        except DomainError as error:
            return Refusal.of(error)
        if isinstance(item, Reusable) and KeyScope.LINKS_READ in self._refused:
            return self._refused[KeyScope.LINKS_READ]
        return item if self._owner is None else owned(item, self._owner)

    async def _hash_password(self, wanted: OptionsBody) -> None:
        before = None
        if isinstance(wanted, PutItem | UpdateItem) and wanted.password is not None:
            before = await password_before(wanted.link, context=self._links)
        await wanted.hash_password(self._passwords, before=before)


class _HashedOnce:
    """Hashes each password of a batch once: often it is that of many links."""

    def __init__(self, passwords: PasswordHasher) -> None:
        self._passwords = passwords
        self._hashed: dict[str, PasswordHash] = {}
        self._right: dict[tuple[str, PasswordHash], bool] = {}

    async def hash(self, password: str) -> PasswordHash:
        """Return what is kept of *password*.

        Raises:
            BackendUnavailable: Too many wait already.
        """
        hashed = self._hashed.get(password)
        if hashed is None:
            hashed = self._hashed[password] = await self._passwords.hash(password)
        return hashed

    async def is_right(self, password: str, hashed: PasswordHash) -> bool:
        """Return whether *hashed* was made of *password*.

        Raises:
            BackendUnavailable: Too many wait already.
        """
        one = (password, hashed)
        if one not in self._right:
            self._right[one] = await self._passwords.is_right(password, hashed)
        return self._right[one]


def _text(raw: msgspec.Raw) -> str | None:
    """Return the short text that *raw* is; None: it is none."""
    try:
        text = msgspec.json.decode(raw, type=str)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        return None
    return text if len(text) <= MAX_REF else None


def _refusal(
    error: ValidationError, body: type[ItemBody], text: bytes, links: LinkContext
) -> Refusal:
    found = error.errors(include_url=False, include_context=False, include_input=False)
    if any(one["type"] == "json_invalid" for one in found):
        return _NO_JSON
    of_body = [in_request(one) for one in found]
    kind, wrong = faults(of_body, taken=body.model_fields, read=LinkView.model_fields)
    others = others_wrong(body, from_json(text), of_body, links)
    if others:
        kind = INVALID_REQUEST
    return Refusal(kind.code, kind.detail, [*wrong, *others])


def _refusal_of(
    scope: KeyScope, principal: Principal, context: ApiContext
) -> Refusal | None:
    """Return why *principal* may do nothing that needs *scope*; None: it may."""
    try:
        check_scope(principal, scope, context.access, is_of_domains=True)
    except DomainError as error:
        return Refusal.of(error)
    return None
