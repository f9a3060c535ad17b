"""How many redirects of links with rules there are for each of plain links."""

import json
from typing import Final

from bench.database import give_options, with_links
from bench.load import wrk
from bench.plan import Plan, progress
from bench.report import Report
from bench.servers import waypost

LINKS: Final = 2_000
"""One half of them plain, and one half with `OPTIONS`."""
_ELSEWHERE: Final = "https://example.com/elsewhere"
OPTIONS: Final = {
    "rules": [
        {
            "when": {"device": ["mobile"], "country": ["CH"], "language": ["de"]},
            "url": _ELSEWHERE,
        },
        {"when": {"query": {"ref": ["mail", "chat"]}}, "url": _ELSEWHERE},
        {
            "when": {
                "hours": {"from": "02:00", "to": "02:01", "zone": "Europe/Zurich"},
                "browser": ["safari"],
            },
            "url": _ELSEWHERE,
        },
    ],
    "variants": [{"name": "b", "url": _ELSEWHERE, "weight": 30}],
}
"""Rules that look at everything and hold for few, and a variant."""


def rules(plan: Plan, report: Report) -> None:
    """Follow plain links and links with rules of one server, in turns."""
    data = plan.folder / "rules"
    codes = with_links(data, number=LINKS)
    halves = {"plain": codes[: LINKS // 2], "with rules": codes[LINKS // 2 :]}
    give_options(data, codes=halves["with rules"], options=json.dumps(OPTIONS))
    rates: dict[str, list[float]] = {name: [] for name in halves}
    with waypost(data) as server:
        for number in range(plan.rounds + 1):
            for name, half in halves.items():
                file = data / name.replace(" ", "-")
                file.write_text("".join(f"{code}\n" for code in half))
                result = wrk.follow(
                    plan.wrk, server.url, codes=file, seconds=plan.seconds
                )
                if number:  # in the first round links are looked up
                    rates[name].append(result.rate)
            if number:
                found = {name: f"{some[-1]:,.0f}/s" for name, some in rates.items()}
                progress(f"round {number} of {plan.rounds}", found)
    for name, some in rates.items():
        report.add(f"redirects {name}, 1/s", some)
    both = zip(rates["with rules"], rates["plain"], strict=True)
    ratios = [ruled / plain for ruled, plain in both]
    report.add("  with rules / plain", ratios, form=".2f", at_least=0.6)
