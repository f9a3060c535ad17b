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
    """Return everything that an import of *modules* loads."""
    script = f"import json, sys, {modules}; print(json.dumps(list(sys.modules)))"
    return set(json.loads(subprocess.check_output([sys.executable, "-c", script])))


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
    assert not loaded(modules) & OF_ENRICHMENT


@pytest.mark.slow
def test_what_stores_clicks_loads_nothing_of_links_or_of_other_ways_out() -> None:
    """Only a job needs it, once a day; until then it would be megabytes for nothing."""
    unneeded = {"sqlalchemy", "fastapi", "pandas", "pyarrow"}
    assert not loaded("waypost.processes.rows_child") & unneeded
