"""Read the settings, and report in one sentence what is wrong with them."""

from pydantic import ValidationError

from waypost.config.files import SettingsError
from waypost.config.settings import Settings


def load_settings(**overrides: object) -> Settings:
    """Read the settings; *overrides* (options of a command) override the environment.

    Raises:
        SettingsError: The first wrong value, in one sentence. The value
            itself is not repeated, for it may be a secret.
    """
    try:
        return Settings(**overrides)  # type: ignore[arg-type]  # pydantic checks them
    except ValidationError as error:
        raise SettingsError(_sentence(error)) from None


def _sentence(error: ValidationError) -> str:
    first = error.errors(include_url=False)[0]
    name = first["loc"][0] if first["loc"] else "A setting"
    reason = first["msg"].removeprefix("Value error, ")
    return f"{name} is wrong: {reason[:1].lower()}{reason[1:]}."
