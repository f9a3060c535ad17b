"""The doctor's checks of names that look like settings and have no effect."""

from waypost.cli.doctor.findings import Check, Status
from waypost.config import (
    UNUSED,
    Settings,
    UnknownName,
    settings_files,
    unknown_names,
    unused_names,
)


def check_names() -> list[Check]:
    """Check for misspelt names, and for names of other programs."""
    return [*map(_unknown, unknown_names()), *_unused(unused_names())]


def check_environment(settings: Settings) -> list[Check]:
    """Check for the file that `ENVIRONMENT` names; no result if it exists."""
    if not settings.ENVIRONMENT:
        return []
    return [
        Check(
            name="environment",
            status=Status.NOTE,
            finding=f"ENVIRONMENT is {settings.ENVIRONMENT}, but there is no file "
            f"{file.name} in the working folder.",
            remedy="Check the name. If the environment has all settings, all is well.",
        )
        for file in settings_files(Settings)[1:]
        if not file.exists
    ]


def _unknown(unknown: UnknownName) -> Check:
    advice = f"Did you mean {unknown.nearest}?" if unknown.nearest else "Take it out."
    return Check(
        name="unknown setting",
        status=Status.WARNING,
        finding=f"{unknown.name} in {unknown.file} is not a setting, and has "
        "no effect.",
        remedy=advice,
    )


def _unused(names: list[str]) -> list[Check]:
    """Return one finding for each reason."""
    by_reason: dict[str, list[str]] = {}
    for name in names:
        by_reason.setdefault(UNUSED[name], []).append(name)
    return [
        Check(
            name="unused setting",
            status=Status.NOTE,
            finding=f"Without effect: {', '.join(some)}.",
            remedy=reason,
        )
        for reason, some in by_reason.items()
    ]
