"""Who loads the libraries and lists of enrichment."""

import json
import subprocess
import sys

import pytest

OF_ENRICHMENT = {
    "crawleruseragents",
    "iptocc",
    "maxminddb",
    "ua_parser",
    "ua_parser_rs",
}


def loaded(modules: str) -> set[str]:
    """Return which of the libraries an import of *modules* loads."""
    script = f"import json, sys, {modules}; print(json.dumps(list(sys.modules)))"
    names = json.loads(subprocess.check_output([sys.executable, "-c", script]))
    return OF_ENRICHMENT.intersection(names)


@pytest.mark.slow
@pytest.mark.parametrize(
    "modules",
    [
        "waypost.cli",
        "waypost.processes.app, waypost.wiring.programs.app",
        "waypost.processes.edge, waypost.wiring.programs.edge",
        "waypost.wiring.analytics.enrichment",
    ],
)
def test_only_what_enriches_loads_them(modules: str) -> None:
    """Redirects, the API and commands start without them."""
    assert loaded(modules) == set()
