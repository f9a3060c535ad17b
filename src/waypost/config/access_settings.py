"""The settings of access: who may call the API, and where logins are kept."""

from pathlib import Path

from pydantic import Field, field_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

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

    @field_validator("ADMIN_TOKEN")
    @classmethod
    def _check_token(cls, value: str) -> str:
        return check_secret(value)
