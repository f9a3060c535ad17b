"""What is known of mutants already, kept in a file so that a run can be resumed."""

import hashlib
import json
from pathlib import Path

from scripts.mutants.mutants import Mutant
from scripts.mutants.trial import Verdict

JUDGING_FOLDERS = ("src", "tests", "cluster")


class Results:
    """Verdicts by mutant, each valid for the sources and tests that it was made of."""

    def __init__(self, path: Path, *, tree: str) -> None:
        self._path = path
        self._tree = tree
        self._newest: dict[str, tuple[str, Verdict]] = {}
        if path.exists():
            for line in path.read_text("utf-8").splitlines():
                entry = json.loads(line)
                verdict = Verdict(entry["verdict"])
                self._newest[entry["mutant"]] = (entry["tree"], verdict)

    def current(self, mutant: Mutant) -> Verdict | None:
        """Return the verdict on *mutant* that still holds, if there is one."""
        tree, verdict = self._newest.get(mutant.key, ("", None))
        return verdict if tree == self._tree else None

    def survived(self, mutant: Mutant) -> bool:
        """Return whether *mutant* survived when it was last judged, then or now."""
        _, verdict = self._newest.get(mutant.key, ("", None))
        return verdict is Verdict.SURVIVED

    def add(self, mutant: Mutant, verdict: Verdict) -> None:
        """Keep *verdict*, also for a run that is interrupted after this."""
        self._newest[mutant.key] = (self._tree, verdict)
        entry = {"mutant": mutant.key, "tree": self._tree, "verdict": verdict}
        self._path.parent.mkdir(parents=True, exist_ok=True)
        with self._path.open("a", encoding="utf-8") as file:
            file.write(json.dumps(entry) + "\n")


def tree_of(root: Path) -> str:
    """Return a name for the present sources and tests of the project."""
    digest = hashlib.sha256()
    for folder in JUDGING_FOLDERS:
        for path in sorted((root / folder).rglob("*.py")):
            digest.update(path.relative_to(root).as_posix().encode())
            digest.update(hashlib.sha256(path.read_bytes()).digest())
    return digest.hexdigest()[:16]
