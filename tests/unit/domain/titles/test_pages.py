"""The title of a page is cleaned, and decoded as the page says."""

import pytest

from waypost.domain.titles.pages import has_title_ended, is_html, title_in


@pytest.mark.parametrize(
    ("page", "content_type", "title"),
    [
        (b"<TITLE lang=en>One</TITLE>", "text/html", "One"),
        (b"<title>  a \n\t b  </title>", "text/html", "a b"),
        (b"<title>&lt;b&gt; &#x202e;x</title>", "text/html", "<b> x"),
        (b"<title>cut off", "text/html", "cut off"),
        (b"<title></title>", "text/html", None),
        (b"<title> \x07 </title>", "text/html", None),
        (b"<titles>no</titles>", "text/html", None),
        (b"<title <title a=b>nested</title>", "text/html", "nested"),
        pytest.param(b"<title " * 200_000, "text/html", None, id="many beginnings"),
        (b"no title", "text/html", None),
        (b"<title>" + b"x" * 300, "text/html", "x" * 255),
        ("<title>é</title>".encode("cp1252"), "text/html; charset=latin1", "é"),
        (b'<meta charset="windows-1251"><title>\xcf</title>', "text/html", "П"),
        (
            "<title>日本</title>".encode("shift_jis"),
            "text/html;charset=Shift_JIS",
            "日本",
        ),
        ("\ufeff<title>é</title>".encode("utf-16-le"), "text/html", "é"),
        (b"<title>a\xff</title>", "text/html; charset=idna", "a\ufffd"),
    ],
)
def test_titles(page: bytes, content_type: str, title: str | None) -> None:
    """In one line, without what cannot be shown, and short enough for a link."""
    assert title_in(page, content_type=content_type) == title


def test_pages_with_titles() -> None:
    """Only HTML has titles."""
    kinds = (
        "text/html",
        "TEXT/HTML; charset=x",
        "application/xhtml+xml",
        "",
        "image/x",
    )
    assert list(map(is_html, kinds)) == [True, True, True, False, False]


@pytest.mark.parametrize("known", range(13))
def test_the_end_of_a_title_is_seen(known: int) -> None:
    """Wherever the page was cut on its way here."""
    page = b"<title>a</TITLE>"
    assert has_title_ended(page, known=known)
    assert not has_title_ended(page[:-7], known=known)
