"""No target, option or request adds a header to a redirect, or a line to an answer."""

from datetime import UTC, datetime

from hypothesis import example, given
from hypothesis import strategies as st

from waypost.adapters.local import IdnaHostNames
from waypost.domain.errors import InvalidTarget
from waypost.domain.links import Link
from waypost.domain.options import LinkOptions, RedirectStatus, Utm
from waypost.domain.targeting.visits import Visit
from waypost.domain.urls.own_server import OwnServer
from waypost.domain.urls.targets import TargetPolicy, normalise_target
from waypost.edge.compile import compile_link
from waypost.edge.decide import decide_at
from waypost.edge.fast.turn import encoded
from waypost.http.answers import Answer

NOW = datetime(2026, 1, 1, tzinfo=UTC)
POLICY = TargetPolicy(
    schemes=frozenset({"http", "https", "mailto"}),
    max_length=8_192,
    allow_credentials=True,
    own=OwnServer(),
)
HOSTILE = st.text(
    st.one_of(
        st.sampled_from("\r\n\t \0:;%/?#&=\x85\u2028\uff0dé"),
        st.characters(codec="utf-8"),
    ),
    max_size=30,
)
SENT = st.binary(max_size=30).map(
    lambda raw: raw.replace(b"\r", b"").replace(b"\n", b"")
)


@given(
    start=st.sampled_from(["https://example.com/", "https://", "mailto:", ""]),
    rest=HOSTILE,
    utm=HOSTILE,
    query=SENT,
    path=st.text(
        st.characters(max_codepoint=0xFF, exclude_characters="\r\n"), max_size=20
    ),
    status=st.sampled_from(RedirectStatus),
)
@example(
    start="https://example.com/",
    rest="%0d%0aSet-Cookie:%20a=b",
    utm="\r\nSet-Cookie: a=b",
    query=b"a=%0d%0aSet-Cookie:b",
    path="%0d%0aSet-Cookie:b",
    status=RedirectStatus.PERMANENT,
)
def test_a_redirect_has_its_own_headers_only(  # noqa: PLR0917 - a part of each kind
    start: str, rest: str, utm: str, query: bytes, path: str, status: RedirectStatus
) -> None:
    """A location stays one line of printable ASCII, from any target and visit."""
    try:
        url = normalise_target(
            start + rest, policy=POLICY, to_ascii=IdnaHostNames().to_ascii
        )
    except InvalidTarget:
        return
    options = LinkOptions(
        utm=Utm(source=utm),
        forward_query=True,
        forward_path=True,
        redirect_status=status,
        expired_url=url,
    )
    link = Link(
        id=1,
        code="a",
        target=url,
        created_at=NOW,
        updated_at=NOW,
        version=2,
        options=options,
    )
    for given_path in ("", path):
        visit = Visit(query.decode("latin-1"), given_path)
        answer, _, _ = decide_at(compile_link(link), visit, NOW)
        if not isinstance(answer, Answer):
            continue
        lines = encoded(answer).decode("ascii").split("\r\n")
        assert [line.partition(":")[0] for line in lines[1:]] == [
            "location",
            "cache-control",
            "content-length",
            "",
        ]
        assert lines[1].isprintable()
        assert "\n" not in "".join(lines)
