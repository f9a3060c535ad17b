"""The last release reads what this one writes: both run during an upgrade."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from tests.contract.vectors.files import CONTRACTS
from tests.releases import sources_of

LAST_RELEASE = "507bea2d80487bdf11ec63c6600cb9530d4f9095"
"""The last commit that knows no country of a click."""

READER = """
import json, sys
from waypost.domain.clicks import JournaledClick
from waypost.wire.click_event import decode_click, encode_click
from waypost.wire.journal_record import PREFIX, decode_whole

for line in sys.stdin:
    found = decode_whole(bytes.fromhex(line)[PREFIX.size:])
    event = encode_click(JournaledClick("f" * 32, *found))
    sent = json.loads(event)
    print(json.dumps([decode_click(event).link_id, sent["address"], sent["sender"]]))
"""


@pytest.fixture(scope="module")
def last_release(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The sources of the last release."""
    return sources_of(LAST_RELEASE, tmp_path_factory.mktemp("last-release"))


@pytest.mark.slow
def test_records_are_counted_and_passed_on(last_release: Path) -> None:
    """Its forwarder counts each record, and passes on all that this one reads out.

    The country is in the address, and what the link has chosen in the sender.
    """
    file = json.loads((CONTRACTS / "journal-record/records.json").read_bytes())
    answer = subprocess.run(
        [sys.executable, "-c", READER],
        input="".join(case["hex"] + "\n" for case in file["cases"]),
        env={"PYTHONPATH": str(last_release)},
        capture_output=True,
        check=True,
        text=True,
    )

    expected = [
        [
            click["link_id"],
            f"{click['address']} {country}" if country else click["address"],
            _sender(click),
        ]
        for click in (case["click"] for case in file["cases"])
        for country in [click.get("country", "")]
    ]
    assert [json.loads(line) for line in answer.stdout.splitlines()] == expected


def _sender(click: dict[str, str]) -> str:
    chosen = (click.get("rule", ""), click.get("variant", ""))
    names = [name.encode().decode("latin-1") for name in chosen]
    return "\n".join([click["sender"], *names]) if any(chosen) else click["sender"]
