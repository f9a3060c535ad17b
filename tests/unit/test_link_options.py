"""Every interface knows every option of a link."""

from waypost.api.links.bodies import LinkChanges, LinkView, NewLink
from waypost.api.links.options.bodies import UtmBody
from waypost.cli.links.link_options import OPTIONS
from waypost.domain.options import OPTION_NAMES, SETTABLE_NAMES, UTM_NAMES


def test_every_face_knows_every_option() -> None:
    """What can be set on a link can be set and read over HTTP, and in a terminal."""
    shown = set(OPTION_NAMES) - {"password"} | {"has_password"}
    assert shown <= LinkView.model_fields.keys()
    assert "password" not in LinkView.model_fields
    for body in (NewLink, LinkChanges):
        assert set(OPTION_NAMES) & body.model_fields.keys() == set(SETTABLE_NAMES), body
    names = set(SETTABLE_NAMES) - {"utm"} | {f"utm_{name}" for name in UTM_NAMES}
    assert names == OPTIONS.keys()
    assert set(UTM_NAMES) == UtmBody.model_fields.keys()
