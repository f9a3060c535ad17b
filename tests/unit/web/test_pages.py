"""Pages: what they may do in a browser, and what they cost a process without them."""

import subprocess
import sys
from base64 import b64encode
from hashlib import sha256

import pytest
from hypothesis import given
from hypothesis import strategies as st

from waypost.http.pages import page_answer, wants_page

STARTS = "waypost.cli", "waypost.wiring.programs.app", "waypost.wiring.programs.edge"
TEXTS = st.text(
    st.one_of(st.sampled_from("<>&'\"\r\n{}%"), st.characters(codec="utf-8")),
    max_size=40,
)


@pytest.mark.slow
@pytest.mark.parametrize("module", STARTS)
def test_a_start_loads_no_templates(module: str) -> None:
    """Only the first page loads what renders pages."""
    code = f"import sys, {module}; sys.exit('jinja2' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def test_a_page_allows_its_own_style_and_nothing_else() -> None:
    """The policy names the style by the hash of what stands in the page."""
    answer = page_answer(404, "message.html", title="No", text="None.", code="x")
    headers = dict(answer.headers)
    style = answer.body.partition(b"<style>")[2].partition(b"</style>")[0]
    hashed = b64encode(sha256(style).digest()).decode()
    policy = headers[b"content-security-policy"].decode()
    assert f"style-src 'sha256-{hashed}'" in policy
    assert policy.startswith("default-src 'none'; ")
    assert "script" not in policy
    assert "form-action 'none'" in policy
    assert "frame-ancestors 'none'" in policy
    assert headers[b"x-frame-options"] == b"DENY"
    assert headers[b"referrer-policy"] == b"no-referrer"
    assert headers[b"x-content-type-options"] == b"nosniff"
    assert headers[b"vary"] == b"accept"
    assert headers[b"cache-control"] == b"no-store"
    assert b"style=" not in answer.body, "the policy allows no style in an attribute"


def test_a_form_may_lead_anywhere() -> None:
    """A browser holds `form-action` against the redirect to a link's target, too."""
    answer = page_answer(
        401, "message.html", has_form=True, title="No", text="None.", code="x"
    )
    assert b"form-action" not in dict(answer.headers)[b"content-security-policy"]


@given(title=TEXTS, text=TEXTS)
def test_values_are_escaped(title: str, text: str) -> None:
    """No text from outside becomes a tag, an attribute or a header."""
    plain = page_answer(200, "message.html", title="", text="", code="x")
    answer = page_answer(200, "message.html", title=title, text=text, code="x")
    for sign in (b"<", b">"):
        assert answer.body.count(sign) == plain.body.count(sign)
    assert [name for name, _ in answer.headers] == [name for name, _ in plain.headers]


@pytest.mark.parametrize(
    ("accept", "is_page"),
    [
        (b"text/html,application/xhtml+xml,*/*;q=0.8", True),
        (b"*/*", False),
        (b"application/json", False),
        (b"", False),
    ],
)
def test_pages_are_for_clients_that_name_html(accept: bytes, *, is_page: bool) -> None:
    """A program that takes anything gets data."""
    assert wants_page(accept) is is_page
