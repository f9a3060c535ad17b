"""The doctor's check of blocklists."""

from waypost.cli.doctor.findings import Check, Status
from waypost.config import Settings, SettingsError
from waypost.wiring.parts.targets import count_blocked


def check_blocklists(settings: Settings) -> list[Check]:
    """Check that every file of `BLOCKLIST_FILES` can be read; no result without one."""
    if not settings.BLOCKLIST_FILES:
        return []
    try:
        entries = count_blocked(settings)
    except SettingsError as error:
        return [
            Check(
                name="blocklists",
                status=Status.PROBLEM,
                finding=f"{error} No server starts with it; one that runs goes on with "
                "what it read before.",
                remedy="Correct the file, or take it out of BLOCKLIST_FILES.",
            )
        ]
    finding = f"The files of BLOCKLIST_FILES have {entries:,} entries."
    return [Check(name="blocklists", status=Status.OK, finding=finding)]
