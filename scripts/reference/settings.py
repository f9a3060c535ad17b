"""The settings page and `.env.example`, from the fields of `Settings`."""

import re
import textwrap
from collections.abc import Collection, Mapping
from pathlib import Path
from typing import NamedTuple

from pydantic.fields import FieldInfo

from scripts.reference.markdown import code, page, table
from waypost.config import Settings

_INTRODUCTION = """
Everything that can be set is an environment variable.
The environment comes first, then a file named `.env` in the working folder; an empty value counts as not set.
Where `ENVIRONMENT` is set, in the environment or in `.env`, a second file is read: with `ENVIRONMENT=staging` it is `.env.staging`, and what it sets wins over `.env`.
It need not exist.
A name in these files that is not a setting has no effect; `waypost doctor` and the log of a start name it.
`.env.example` in the root of the project lists all of them with their defaults.
A wrong value stops the start with one sentence that names the variable.
`waypost doctor` shows which are set, and `waypost doctor --all` all that are in force.
"""  # noqa: E501 - one sentence per line

_SPOKEN_DEFAULT = re.compile(r" ?Default: (?P<text>.*?)\.(?= |$)")


class Setting(NamedTuple):
    """A setting as the page shows it."""

    name: str
    default: str
    """As it would stand in the environment; empty if it depends on others."""
    spoken_default: str
    """The default in words, where it cannot be written as a value."""
    values: str
    meaning: str


def settings() -> list[Setting]:
    """Return every setting, in the order of the class."""
    schema: Mapping[str, Mapping[str, object]]
    schema = Settings.model_json_schema()["properties"]
    return [
        _setting(name, field, schema[name])
        for name, field in Settings.model_fields.items()
    ]


def settings_page() -> str:
    """Return `docs/reference/settings.md`."""
    rows = [
        (
            code(setting.name),
            setting.spoken_default or code(setting.default),
            setting.values,
            setting.meaning,
        )
        for setting in settings()
    ]
    return page(
        "Settings",
        _INTRODUCTION,
        table(["Variable", "Default", "Values", "Meaning"], rows),
    )


def env_example() -> str:
    """Return `.env.example`: every setting, commented out with its default."""
    blocks = ["# Copy this file to `.env` and take the `#` away where you differ."]
    for setting in settings():
        meaning = setting.meaning
        if setting.spoken_default:
            meaning += f" Default: {setting.spoken_default}."
        comment = textwrap.fill(
            meaning, 78, initial_indent="# ", subsequent_indent="# "
        )
        blocks.append(f"{comment}\n#{setting.name}={setting.default}")
    return "\n\n".join(blocks) + "\n"


def _setting(name: str, field: FieldInfo, schema: Mapping[str, object]) -> Setting:
    description = field.description
    assert description, f"{name} needs a description"
    spoken = _SPOKEN_DEFAULT.search(description)
    return Setting(
        name=name,
        default=_environment_form(field.default),
        spoken_default=spoken["text"] if spoken else "",
        values=_values(schema),
        meaning=_SPOKEN_DEFAULT.sub("", description),
    )


def _environment_form(value: object) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, str | Path):
        return str(value)
    if isinstance(value, Collection):
        parts = sorted(value) if isinstance(value, frozenset) else value
        return ",".join(map(str, parts))
    return str(value)


def _values(schema: Mapping[str, object]) -> str:
    if alternatives := schema.get("anyOf"):
        # A value or None, which stands for a default that depends on others.
        assert isinstance(alternatives, list), "JSON Schema says so"
        schema = alternatives[0]
    choices = schema.get("enum")
    if isinstance(choices, list):
        return ", ".join(code(str(choice)) for choice in choices)
    kind = schema.get("type")
    if kind == "boolean":
        return "`true` or `false`"
    if kind == "array":
        return "list"
    if kind not in {"integer", "number"}:
        return "path" if schema.get("format") == "path" else "text"
    return _range("whole number" if kind == "integer" else "number", schema)


def _range(kind: str, schema: Mapping[str, object]) -> str:
    if "exclusiveMinimum" in schema:
        low = f"above {schema['exclusiveMinimum']:,}"
    else:
        low = f"from {schema['minimum']:,}"
    return f"{kind} {low} to {schema['maximum']:,}"
