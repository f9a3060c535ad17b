"""Every interface knows every option of a link."""

from waypost.api.links.bodies import LinkChanges, LinkView, NewLink
from waypost.cli.links.link_options import OPTIONS
from waypost.domain.options import OPTION_NAMES


def test_every_face_knows_every_option() -> None:
    """What can be set on a link can be set and read over HTTP, and in a terminal."""
    for body in (NewLink, LinkChanges, LinkView):
        assert set(OPTION_NAMES) <= body.model_fields.keys(), body
    assert set(OPTION_NAMES) == OPTIONS.keys()
