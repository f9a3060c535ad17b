"""Check the dependencies as far as is possible offline: `make audit`.

Every locked requirement is one version with the hashes of its files; everything that
is installed is locked, in that version; and its licence is one that goes with MIT.
Known vulnerabilities are not looked up: no list of them may be installed and used
here, see "What is checked about dependencies" in SECURITY.md.
"""

import re
import sys
from collections.abc import Iterable, Iterator, Mapping
from importlib.metadata import Distribution, distributions
from pathlib import Path
from typing import Final

from packaging.markers import Marker

ROOT: Final = Path(__file__).resolve().parent.parent
LOCKS: Final = (
    "requirements.lock",
    "requirements-drivers.lock",
    "requirements-dev.lock",
)

ALLOWED: Final = frozenset(
    {
        # CC0 waives every right.
        "CC0-1.0",
        *("0BSD", "Apache-2.0", "BSD-2-Clause", "BSD-3-Clause", "ISC", "MIT", "MIT-0"),
        # Its conditions end at the package's own files, which are not changed here.
        "MPL-2.0",
        *("PSF-2.0", "Unlicense", "Zlib"),
    }
)
"""SPDX names of the licences that dependencies may have."""

NAMES: Final = {
    "apache 2": "Apache-2.0",
    "apache 2.0": "Apache-2.0",
    "apache software license": "Apache-2.0",
    "bsd 2-clause license": "BSD-2-Clause",
    "bsd license": "BSD-3-Clause",
    "isc license (iscl)": "ISC",
    "mit license": "MIT",
    "mozilla public license 2.0 (mpl 2.0)": "MPL-2.0",
    "python software foundation license": "PSF-2.0",
}
"""What packages call these licences that do not use SPDX names."""

READ: Final = {
    "crawler-user-agents": "MIT",
}
"""Licences of packages that have the text of one, and name none in their metadata."""

_NO_LICENCES: Final = frozenset({"License :: OSI Approved", "License :: DFSG approved"})
"""Classifiers that judge a licence without naming it."""
_UNLOCKED: Final = frozenset({"pip", "setuptools", "uv", "waypost"})
"""What makes the environment, and the product itself."""
_PINNED: Final = re.compile(r"([A-Za-z0-9._-]+)(?:\[[a-z0-9,_-]+\])?==([^\s;]+)")
_HASH: Final = re.compile(r"--hash=sha256:[0-9a-f]{64}\b")
_SPDX_WORD: Final = re.compile(r"\(|\)|[A-Za-z0-9.+-]+")


def requirements(text: str) -> list[str]:
    """Return the requirements and options of a lock file, each on one line."""
    lines = [line.strip() for line in text.replace("\\\n", " ").splitlines()]
    return [line for line in lines if line and not line.startswith("#")]


def loose_requirements(text: str) -> Iterator[str]:
    """Yield what a lock file says besides versions with hashes."""
    for requirement in requirements(text):
        if not _PINNED.match(requirement) or "://" in requirement:
            yield f"{requirement[:60]!r} names no single version"
        elif not _HASH.search(requirement):
            yield f"{requirement[:60]!r} has no sha256 hash"


def locked_versions(text: str) -> dict[str, str]:
    """Return the version of each package that a lock file says for this Python."""
    pins = filter(None, map(_PINNED.match, filter(_is_for_us, requirements(text))))
    return {normalised(pin[1]): pin[2] for pin in pins}


def _is_for_us(requirement: str) -> bool:
    """Return whether the condition behind a requirement holds here."""
    _, _, condition = requirement.partition(" --")[0].partition(";")
    return not condition.strip() or Marker(condition.strip()).evaluate()


def normalised(name: str) -> str:
    """Return the form of a package's name in which names are compared."""
    return re.sub("[-_.]+", "-", name).lower()


def unlocked(
    installed: Iterable[Distribution], versions: Mapping[str, str]
) -> Iterator[str]:
    """Yield what is installed and not locked, or in another version."""
    for package in installed:
        name = normalised(package.name)
        if name not in _UNLOCKED and versions.get(name) != package.version:
            locked = versions.get(name, "no version")
            yield f"{name} {package.version} is installed, and {locked} is locked"


def refused_licences(installed: Iterable[Distribution]) -> Iterator[str]:
    """Yield what is installed under a licence that is not allowed, or not stated."""
    for package in installed:
        stated = licence_of(package)
        if not stated or not _is_allowed(stated):
            yield f"{package.name} has the licence {stated or 'unknown'!r}"


def licence_of(package: Distribution) -> str:
    """Return the SPDX expression of a package's licence; empty: it states none."""
    metadata = package.metadata
    if "License-Expression" in metadata:
        return metadata["License-Expression"]
    names = [
        name.rpartition(" :: ")[2]
        for name in metadata.get_all("Classifier") or []
        if name.startswith("License :: ") and name not in _NO_LICENCES
    ]
    if not names and "License" in metadata:
        # In words; some packages have the whole text there.
        names = metadata["License"].splitlines()[:1]
    if not names:
        return READ.get(normalised(package.name), "")
    return " AND ".join(NAMES.get(name.strip().lower(), name.strip()) for name in names)


def _is_allowed(expression: str) -> bool:
    """Return whether a licence expression of `AND`, `OR` and brackets can be met."""
    words = _SPDX_WORD.findall(expression)
    if "".join(words) != expression.replace(" ", ""):
        return False
    return _meets_any(words) and not words


def _meets_any(words: list[str]) -> bool:
    met = _meets_all(words)
    while words[:1] == ["OR"]:
        del words[0]
        met = _meets_all(words) or met
    return met


def _meets_all(words: list[str]) -> bool:
    met = _meets(words)
    while words[:1] == ["AND"]:
        del words[0]
        met = _meets(words) and met
    return met


def _meets(words: list[str]) -> bool:
    word = words.pop(0) if words else ""
    if word != "(":
        return word in ALLOWED
    met = _meets_any(words)
    return words[:1] == [")"] and bool(words.pop(0)) and met


def audit(locks: Iterable[str], installed: list[Distribution]) -> list[str]:
    """Return what is wrong with the texts of *locks* and with what is *installed*."""
    texts = list(locks)
    versions: dict[str, str] = {}
    for text in texts:
        versions |= locked_versions(text)
    return [
        *(finding for text in texts for finding in loose_requirements(text)),
        *unlocked(installed, versions),
        *refused_licences(installed),
    ]


def main() -> int:
    """Write what is wrong, or what was checked and what was not."""
    installed = list(distributions())
    findings = audit(((ROOT / lock).read_text("utf-8") for lock in LOCKS), installed)
    for finding in findings:
        print(f"audit: {finding}", file=sys.stderr)
    if findings:
        return 1
    print(
        f"audit: {len(installed)} packages are locked by hash and have allowed "
        "licences. Not checked: known vulnerabilities (see SECURITY.md), and packages "
        "of other platforms."
    )
    return 0


if __name__ == "__main__":
    sys.exit(main())
