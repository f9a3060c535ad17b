"""Which command reaches which operation of the HTTP API, as a call that works."""

from typing import Final

_KEY: Final = "0195f2a0-7c1e-7b3a-9d52-5d1f0c8e2b11"
_JOB: Final = "0195f2a1-0000-7000-8000-00000000000a"
_REPORT: Final = "0195f2a6-0000-7000-8000-00000000000f"

COMMANDS: Final = {
    "shorten": "waypost shorten https://example.com/spring",
    "stats": "waypost stats spring26",
    "create_link": "waypost shorten https://example.com/spring --title Spring",
    "list_links": "waypost list",
    "read_link": "waypost show spring26",
    "change_link": "waypost edit spring26 --title Spring",
    "delete_link": "waypost delete spring26 --yes",
    "put_link": "waypost put ext:order-77 https://example.com/77",
    "restore_link": "waypost undelete spring26",
    "quarantine_link": "waypost quarantine spring26 --reason phishing",
    "release_link": "waypost release spring26",
    "simulate_visit": "waypost simulate spring26 --country CH",
    "change_links": "waypost bulk links.csv",
    "list_audit": "waypost audit",
    "list_history": "waypost history spring26",
    "report_totals": "waypost report spring26",
    "report_series": "waypost report spring26 --interval day",
    "report_breakdown": "waypost report spring26 --by country",
    "report_clicks": "waypost clicks spring26",
    "report_live": "waypost clicks --watch",
    "list_unknown_codes": "waypost orphans",
    "delete_unknown_codes": "waypost orphans --delete --to=2026-01-01 --yes",
    "report_abuse": "waypost abuse report spring26 --reason phishing",
    "list_abuse_reports": "waypost abuse list",
    "judge_abuse_report": f"waypost abuse confirm {_REPORT}",
    "list_tags": "waypost tags list",
    "read_tag": "waypost tags show spring",
    "say_of_tag": "waypost tags edit spring --color '#2f7d32'",
    "change_tag": "waypost tags rename spring spring-26",
    "delete_tag": "waypost tags delete spring --yes",
    "list_utm_templates": "waypost utm list",
    "put_utm_template": "waypost utm set mail --source mail",
    "delete_utm_template": "waypost utm delete mail",
    "list_jobs": "waypost jobs asked",
    "ask_for_job": "waypost jobs ask archive",
    "get_job": f"waypost jobs show {_JOB}",
    "cancel_job": f"waypost jobs cancel {_JOB}",
    "get_system": "waypost system",
    "export_clicks": "waypost export clicks --server URL -o clicks.csv",
    "export_links": "waypost export links --server URL -o links.csv",
    "list_domains": "waypost domains list",
    "add_domain": "waypost domains add go.acme.com",
    "read_domain": "waypost domains show go.acme.com",
    "change_domain": "waypost domains edit go.acme.com --off",
    "remove_domain": "waypost domains delete go.acme.com --yes",
    "list_keys": "waypost keys list",
    "create_key": "waypost keys create shop --scope links:write",
    "read_key": f"waypost keys show {_KEY}",
    "change_key": f"waypost keys edit {_KEY} --name shop",
    "revoke_key": f"waypost keys revoke {_KEY}",
    "rotate_key": f"waypost keys rotate {_KEY}",
    "me": "waypost whoami",
    "server": "waypost version",
    "health": "waypost doctor",
}
"""By the operation's id in the OpenAPI document."""

WITHOUT_COMMAND: Final = {
    "follow": "Browsers ask for it: `waypost open spring26 --follow` starts one.",
    "livez": "Supervisors of processes ask for it.",
    "readyz": "Load balancers ask for it.",
    "metrics": "Prometheus asks for it.",
}
"""Operations that programs alone ask for, and who that is."""
