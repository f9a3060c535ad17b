"""A source file as bytes, and edits of it that keep every line number."""

import ast
from dataclasses import dataclass
from itertools import accumulate


@dataclass(frozen=True, slots=True, order=True)
class Span:
    """A part of a file, in bytes from its beginning; *stop* is exclusive."""

    start: int
    stop: int


@dataclass(frozen=True, slots=True)
class Edit:
    """What stands in a span's place."""

    span: Span
    text: bytes


class Source:
    """The bytes of one file, with the places of its syntax nodes."""

    def __init__(self, content: bytes) -> None:
        self.content = content
        lines = content.splitlines(keepends=True)
        self._offsets = [0, *accumulate(map(len, lines))]

    def span(self, node: ast.expr | ast.stmt) -> Span:
        """Return where *node* stands, its decorators not included."""
        assert node.end_lineno is not None
        assert node.end_col_offset is not None
        return Span(
            self._offsets[node.lineno - 1] + node.col_offset,
            self._offsets[node.end_lineno - 1] + node.end_col_offset,
        )

    def text(self, span: Span) -> bytes:
        """Return the bytes of *span*."""
        return self.content[span.start : span.stop]

    def line_of(self, offset: int) -> int:
        """Return the number of the line that holds the byte at *offset*, from 1."""
        return self.content.count(b"\n", 0, offset) + 1

    def expression(self, span: Span, text: bytes) -> Edit:
        """Put *text*, in parentheses if need be, in an expression's place."""
        lines = self.text(span).count(b"\n") - text.count(b"\n")
        return Edit(span, b"(%s%s)" % (text, b"\n" * lines) if lines > 0 else text)

    def statement(self, span: Span, text: bytes) -> Edit:
        """Put *text* in the place of one or more whole statements."""
        return Edit(span, text + b"\n" * self.text(span).count(b"\n"))

    def edited(self, edit: Edit) -> bytes:
        """Return the whole file with *edit* made."""
        before = self.content[: edit.span.start]
        return before + edit.text + self.content[edit.span.stop :]

    def lines_around(self, edit: Edit) -> tuple[str, str]:
        """Return the lines that *edit* touches, before and after, each as one line."""
        start = self.content.rfind(b"\n", 0, edit.span.start) + 1
        stop = self.content.find(b"\n", edit.span.stop)
        stop = len(self.content) if stop < 0 else stop
        head = self.content[start : edit.span.start]
        tail = self.content[edit.span.stop : stop]
        before = head + self.text(edit.span) + tail
        return _joined(before), _joined(head + edit.text + tail)


def _joined(text: bytes) -> str:
    return " ".join(text.decode().split())
