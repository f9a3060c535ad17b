"""The settings of access: who may call the API, and where logins are kept."""

from ipaddress import ip_network
from pathlib import Path
from typing import Annotated

from pydantic import Field, field_validator
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

from waypost.domain.access.limits import Rate
from waypost.http.internal import PRIVATE_NETWORKS

_LEAST_LENGTH = 16


def check_secret(value: str) -> str:
    """Return *value*, unless it is a secret that is too short.

    Raises:
        ValueError: It is.
    """
    if value and len(value) < _LEAST_LENGTH:
        raise ValueError(f"it needs at least {_LEAST_LENGTH} characters")
    return value


class AccessSettings(BaseSettings):
    """What can be set about access."""

    model_config = SettingsConfigDict(frozen=True)

    ADMIN_TOKEN: str = Field(
        default="",
        repr=False,
        description="Secret that permits everything, beside the keys; any text of at "
        "least 16 characters. Default: none; keys are enough.",
    )
    PUBLIC_CREATION: bool | None = Field(
        default=None,
        description="Whether links are made without a key, by every client that "
        "reaches the API. Default: only while `HOST` and the host of `BASE_URL` are "
        "this machine's own loopback.",
    )
    KEY_RATE_LIMIT: str = Field(
        default="",
        description="How many requests a key may make at most, as `600/minute`; per "
        "`second`, `minute`, `hour` or `day`, or `off`. A key may have a limit of its "
        "own. Servers share their counts in `REDIS_URL`. Default: `600/minute`; `off` "
        "while `HOST` and the host of `BASE_URL` are this machine's own loopback.",
    )
    ADDRESS_RATE_LIMIT: str = Field(
        default="",
        description="How many requests without a key a client address may make of the "
        "API, where it needs none; redirects are not limited. An IPv6 network of 64 "
        "bits is one address. Default: `120/minute`; `off` as `KEY_RATE_LIMIT`.",
    )
    WRONG_KEY_RATE_LIMIT: str = Field(
        default="",
        description="How many requests with a wrong key a client address may make; a "
        "right key of the same address is accepted as usual. Default: `10/minute`; "
        "`off` as `KEY_RATE_LIMIT`.",
    )
    PASSWORD_RATE_LIMIT: str = Field(
        default="10/minute",
        description="How many passwords a client address may try at a link that needs "
        "one, or `off`; a right one that is known already is no attempt. Servers share "
        "their counts as for `KEY_RATE_LIMIT`.",
    )
    AUDIT_RETENTION_DAYS: Annotated[int, Field(ge=0, le=36_500)] = Field(
        default=365,
        description="For how many days the audit trail is kept, in the database and in "
        "files. 0: for ever.",
    )
    INTERNAL_ADDRESSES: Annotated[tuple[str, ...], NoDecode] = Field(
        default=PRIVATE_NETWORKS,
        description="Addresses or networks, separated by commas, that may read "
        "`/metrics` and lease ids of a keygen, or `none`. Behind a trusted proxy it is "
        "the address that this says. Default: this machine, and private networks.",
    )
    INTERNAL_TOKEN: str = Field(
        default="",
        repr=False,
        description="Secret: with it as bearer token, other addresses may do so too; "
        "servers send it to `KEYGEN_SERVICE_URL`. Any text of at least 16 characters. "
        "Default: none.",
    )
    LOGINS_FILE: Path | None = Field(
        default=None,
        description="Path of the file in which the command line keeps keys of servers, "
        "readable for its owner only. Default: `waypost/logins.json` in the user's "
        "folder of configuration.",
    )
    XDG_CONFIG_HOME: str = Field(
        default="",
        description="The user's folder of configuration, which other programs use as "
        "well. Default: `~/.config`.",
    )
    WAYPOST_KEY: str = Field(
        default="",
        repr=False,
        description="Secret: the key that commands send. Default: that of the login to "
        "the server, else `ADMIN_TOKEN`.",
    )

    @field_validator(
        "KEY_RATE_LIMIT",
        "ADDRESS_RATE_LIMIT",
        "WRONG_KEY_RATE_LIMIT",
        "PASSWORD_RATE_LIMIT",
    )
    @classmethod
    def _check_rate(cls, value: str) -> str:
        if value:
            Rate.parse(value)
        return value

    @field_validator("INTERNAL_ADDRESSES", mode="before")
    @classmethod
    def _split_addresses(cls, value: object) -> object:
        if not isinstance(value, str):
            return value
        parts = [part.strip() for part in value.split(",") if part.strip()]
        return [] if parts == ["none"] else parts

    @field_validator("INTERNAL_ADDRESSES")
    @classmethod
    def _check_addresses(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        for network in value:
            ip_network(network, strict=False)
        return value

    @field_validator("ADMIN_TOKEN", "INTERNAL_TOKEN")
    @classmethod
    def _check_token(cls, value: str) -> str:
        return check_secret(value)
