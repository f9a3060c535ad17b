"""SVGs that are nothing but shapes: no scripts, no references, nothing that grows.

Other programs than browsers open what is made here as well, so what a browser ignores
in an image is refused, too. What is not known to be harmless is refused.
"""

import re
from collections.abc import Mapping
from typing import Final
from xml.parsers import expat

from waypost.domain.qr.errors import InvalidLogo

_NAMESPACE: Final = "http://www.w3.org/2000/svg"
_SPACE: Final = " "
"""Stands between a namespace and a name; neither has one."""
_ELEMENTS: Final = frozenset(
    {
        "svg",
        "g",
        "defs",
        "title",
        "desc",
        "style",
        "path",
        "rect",
        "circle",
        "ellipse",
        "line",
        "polyline",
        "polygon",
        "linearGradient",
        "radialGradient",
        "stop",
        "clipPath",
        "text",
        "tspan",
    }
)
"""Neither `use`, `mask`, `pattern` nor filters: some of them, one in another, take an
hour to draw."""
_GRADIENTS: Final = frozenset({"linearGradient", "radialGradient"})
_MAX_DEPTH: Final = 32
_CLIP: Final = "clipPath"
_OWN: Final = re.compile(r"""url\(\s*(['"]?)#[\w.-]+\1\s*\)""", re.IGNORECASE)
_FORBIDDEN: Final = re.compile(
    r"url\(|@|\\|/\*|image\(|image-set\(|src\(|script:|expression\(", re.IGNORECASE
)


def check_svg(content: bytes) -> None:
    """Check that *content* is an SVG of shapes.

    Raises:
        InvalidLogo: It is not.
    """
    try:
        text = content.decode("utf-8")
    except UnicodeDecodeError:
        raise InvalidLogo("An SVG is a text in UTF-8.") from None
    parser = expat.ParserCreate("utf-8", namespace_separator=_SPACE)
    _Shapes(parser)
    try:
        parser.Parse(text, True)  # noqa: FBT003  # the parser takes it so only
    except expat.ExpatError as error:
        raise InvalidLogo(f"The SVG is no XML: see line {error.lineno}.") from None


class _Shapes:
    """Refuses what the parser comes across."""

    def __init__(self, parser: expat.XMLParserType) -> None:
        self._open: list[str] = []
        self._style: list[str] = []
        parser.XmlDeclHandler = _declaration
        # Without it there are no entities.
        parser.StartDoctypeDeclHandler = _doctype
        parser.ProcessingInstructionHandler = _instruction
        parser.StartElementHandler = self._start
        parser.EndElementHandler = self._end
        parser.CharacterDataHandler = self._text
        parser.buffer_text = True

    def _start(self, whole: str, attributes: Mapping[str, str]) -> None:
        namespace, _, name = whole.rpartition(_SPACE)
        if namespace != _NAMESPACE or name not in _ELEMENTS:
            raise InvalidLogo(
                f"The SVG has an element {name[:40]}: draw it with plain shapes."
            )
        if (name == "svg") is bool(self._open):
            raise InvalidLogo("The SVG has not one element svg, with the others in it.")
        if len(self._open) >= _MAX_DEPTH:
            raise InvalidLogo("The elements of the SVG are nested too deeply.")
        is_clip = _CLIP in {name, *self._open}
        for attribute, value in attributes.items():
            if not (name in _GRADIENTS and _is_reference(attribute, value)):
                _check_attribute(attribute, value, is_clip=is_clip)
        self._open.append(name)

    def _end(self, _name: str) -> None:
        if self._open.pop() == "style":
            # The whole of it: a comment may stand in the middle of a word.
            text = "".join(self._style)
            if "clip" in text.lower() or _leads_elsewhere(text):
                raise InvalidLogo("The style of the SVG has more than colors.")
            self._style.clear()

    def _text(self, text: str) -> None:
        if "style" in self._open:
            self._style.append(text)


def _check_attribute(whole: str, value: str, *, is_clip: bool) -> None:
    namespace, _, name = whole.rpartition(_SPACE)
    lower = name.lower()
    if lower.startswith("on") or lower in {"href", "base", "src"}:
        raise InvalidLogo(f"The SVG has an attribute {name[:40]}: leave it out.")
    if namespace and lower != "space":
        return  # of the program that wrote it; no other knows it
    if is_clip and (
        lower == "clip-path" or (lower == "style" and "clip" in value.lower())
    ):
        raise InvalidLogo("The SVG has a clipPath in a clipPath.")
    if _leads_elsewhere(value):
        raise InvalidLogo(f"The attribute {name[:40]} of the SVG leads elsewhere.")


def _is_reference(whole: str, value: str) -> bool:
    """Return whether an attribute names another gradient: one at most, so no growth."""
    return whole.rpartition(_SPACE)[2] == "href" and value.startswith("#")


def _leads_elsewhere(value: str) -> bool:
    return bool(_FORBIDDEN.search(_OWN.sub("", value)))


def _declaration(_version: str, encoding: str | None, _alone: int) -> None:
    if encoding is not None and encoding.lower() not in {"utf-8", "utf8"}:
        raise InvalidLogo("An SVG is a text in UTF-8.")


def _doctype(*_: object) -> None:
    raise InvalidLogo("The SVG has a DOCTYPE: leave it out.")


def _instruction(*_: object) -> None:
    raise InvalidLogo("The SVG has an instruction, such as a style sheet of its own.")
