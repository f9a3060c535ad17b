"""The audit of dependencies refuses what it is there to refuse."""

from importlib.metadata import Distribution, distributions
from pathlib import Path

import pytest
from scripts.audit import audit, refused_licences

HASH = "--hash=sha256:" + "0" * 64
LOCK = f"good==1.0 \\\n    {HASH}\n    # via waypost\n"


def installed(folder: Path, *headers: str, version: str = "1.0") -> list[Distribution]:
    """Return a package called `good` with *headers*, installed in *folder*."""
    info = folder / f"good-{version}.dist-info"
    info.mkdir()
    lines = ["Metadata-Version: 2.4", "Name: good", f"Version: {version}", *headers]
    (info / "METADATA").write_text("\n".join(lines) + "\n")
    return list(distributions(path=[str(folder)]))


def test_what_is_in_order(tmp_path: Path) -> None:
    """A package that is locked by hash under an allowed licence is not a finding."""
    assert audit([LOCK], installed(tmp_path, "License-Expression: MIT")) == []


@pytest.mark.parametrize(
    ("lock", "finding"),
    [
        ("good==1.0\n", "has no sha256 hash"),
        (f"good==1.0 --hash=md5:{'0' * 32}\n", "has no sha256 hash"),
        (f"good>=1.0 {HASH}\n", "names no single version"),
        (f"good {HASH}\n", "names no single version"),
        (f"good @ https://example.com/good.whl {HASH}\n", "names no single version"),
        ("https://example.com/good.whl\n", "names no single version"),
        ("-e ./good\n", "names no single version"),
        ("--extra-index-url https://example.com\n", "names no single version"),
    ],
)
def test_what_is_not_pinned(tmp_path: Path, lock: str, finding: str) -> None:
    """A missing hash, a range, a URL and an index are findings, each by itself."""
    packages = installed(tmp_path, "License-Expression: MIT")
    findings = audit([LOCK, lock], packages)
    assert len(findings) == 1
    assert findings[0].endswith(finding)


@pytest.mark.parametrize(("version", "lock"), [("1.1", LOCK), ("1.0", "")])
def test_what_is_not_locked(tmp_path: Path, version: str, lock: str) -> None:
    """A package in another version than the locked one, or missing, is reported."""
    packages = installed(tmp_path, "License-Expression: MIT", version=version)
    (finding,) = audit([lock], packages)
    assert finding.startswith(f"good {version} is installed, and ")


@pytest.mark.parametrize(
    "headers",
    [
        ["License-Expression: (MIT OR GPL-3.0-only) AND BSD-3-Clause"],
        ["License-Expression: Apache-2.0 OR GPL-3.0-only"],
        ["License: Apache 2.0"],
        ["License: MIT License", "Classifier: License :: OSI Approved"],
        ["Classifier: License :: OSI Approved :: BSD License"],
        [
            "Classifier: License :: DFSG approved",
            "Classifier: License :: OSI Approved :: MIT License",
        ],
    ],
)
def test_licences_that_go_with_mit(tmp_path: Path, headers: list[str]) -> None:
    """A licence may be stated in any of the ways that packages use."""
    assert list(refused_licences(installed(tmp_path, *headers))) == []


@pytest.mark.parametrize(
    "headers",
    [
        [],
        ["License: see the file LICENSE"],
        ["License-Expression: GPL-3.0-only"],
        ["License-Expression: MIT AND AGPL-3.0-or-later"],
        ["License-Expression: MIT AND (GPL-2.0-only OR LGPL-3.0-only)"],
        ["License-Expression: (MIT OR GPL-3.0-only"],
        ["License-Expression: MIT WITH exception"],
        ["License-Expression: MIT MIT"],
        ["License-Expression: MIT/GPL-3.0-only"],
        [
            "License: MIT",
            "Classifier: License :: OSI Approved :: GNU General Public License v3",
        ],
    ],
)
def test_licences_that_do_not(tmp_path: Path, headers: list[str]) -> None:
    """A licence that is not allowed, or not understood, is a finding."""
    assert len(list(refused_licences(installed(tmp_path, *headers)))) == 1
