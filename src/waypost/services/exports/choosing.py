"""Which columns an export has, in which order."""

from collections import Counter
from collections.abc import Sequence
from typing import Final

from waypost.domain.spelling import nearest
from waypost.ports.batch.tables import Field

_LONGEST: Final = 100
"""Characters of a wrong name that are repeated."""


class WrongColumnsError(ValueError):
    """Columns are asked for that cannot be; the text is a sentence for the user."""


def chosen(fields: Sequence[Field], names: str | None) -> Sequence[Field]:
    """Return those of *fields* that *names* lists, with commas, in its order.

    None: all of them.

    Raises:
        WrongColumnsError: A name is none of theirs, or occurs twice.
    """
    if names is None:
        return fields
    by_name = {field.name: field for field in fields}
    wanted = [name.strip() for name in names.split(",")]
    for name, count in Counter(wanted).items():
        if name not in by_name:
            raise WrongColumnsError(_about_unknown(name, list(by_name)))
        if count > 1:
            raise WrongColumnsError(f"The column {name} is named twice. Name it once.")
    return [by_name[name] for name in wanted]


def _about_unknown(name: str, known: Sequence[str]) -> str:
    there_are = f"There are {', '.join(known)}."
    if not name:
        return f"A name of a column is empty. {there_are}"
    meant = nearest(name, known)
    hint = f"Did you mean {meant}? " if meant else ""
    return f"There is no column {name[:_LONGEST]}. {hint}{there_are}"
