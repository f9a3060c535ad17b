"""What may be changed in a syntax tree: each operator yields edits of one node."""

import ast
import re
from collections.abc import Callable, Iterator, Sequence

from scripts.mutants.source import Edit, Source, Span

Operator = Callable[[ast.AST, Source], Iterator[Edit]]

_NEGATED: dict[type[ast.cmpop], bytes] = {
    ast.Lt: b">=",
    ast.LtE: b">",
    ast.Gt: b"<=",
    ast.GtE: b"<",
    ast.Eq: b"!=",
    ast.NotEq: b"==",
    ast.Is: b"is not",
    ast.IsNot: b"is",
    ast.In: b"not in",
    ast.NotIn: b"in",
}
_SHIFTED: dict[type[ast.cmpop], bytes] = {
    ast.Lt: b"<=",
    ast.LtE: b"<",
    ast.Gt: b">=",
    ast.GtE: b">",
}
_OTHER_WAY: dict[type[ast.operator], bytes] = {
    ast.Add: b"-",
    ast.Sub: b"+",
    ast.Mult: b"//",
    ast.FloorDiv: b"*",
    ast.Mod: b"//",
    ast.LShift: b">>",
    ast.RShift: b"<<",
    ast.BitOr: b"&",
    ast.BitAnd: b"|",
}
_SYMBOL = re.compile(rb"(is\s+not|not\s+in|is|in|[<>=!]=|<<|>>|//|and|or|[-+*/%<>|&])")
_QUIET_LEVELS = {"debug", "info"}


def negated_comparison(node: ast.AST, source: Source) -> Iterator[Edit]:
    """Turn each comparison of a chain into its opposite."""
    yield from _compared(node, source, _NEGATED)


def shifted_boundary(node: ast.AST, source: Source) -> Iterator[Edit]:
    """Let a comparison include the boundary that it left out, or the reverse."""
    yield from _compared(node, source, _SHIFTED)


def other_arithmetic(node: ast.AST, source: Source) -> Iterator[Edit]:
    """Reverse an arithmetic operator."""
    if isinstance(node, ast.BinOp) and type(node.op) in _OTHER_WAY:
        gap = _gap(source, node.left, node.right)
        yield _symbol_replaced(source, gap, _OTHER_WAY[type(node.op)])
    elif isinstance(node, ast.AugAssign) and type(node.op) in _OTHER_WAY:
        gap = _gap(source, node.target, node.value)
        yield _symbol_replaced(source, gap, _OTHER_WAY[type(node.op)])


def changed_number(node: ast.AST, source: Source) -> Iterator[Edit]:
    """Put the next number in a number's place."""
    if isinstance(node, ast.Constant) and type(node.value) in {int, float}:
        text = source.text(source.span(node))
        is_small = isinstance(node.value, int) or not node.value
        factor = b"%s + 1" if is_small else b"%s * 10"
        yield Edit(source.span(node), b"(" + factor % text + b")")


def changed_constant(node: ast.AST, source: Source) -> Iterator[Edit]:
    """Change truth values and bytes, and text in a collection or a comparison."""
    match node:
        case ast.Constant(value=bool(value)):
            yield Edit(source.span(node), str(not value).encode())
        case ast.Constant(value=bytes(value)) if value:
            yield source.expression(source.span(node), repr(b"~" + value).encode())
        case ast.List() | ast.Set() | ast.Tuple():
            yield from _changed_texts(node.elts, source)
        case ast.Dict():
            yield from _changed_texts(node.values, source)
        case ast.Compare():
            yield from _changed_texts([node.left, *node.comparators], source)


def swapped_boolean(node: ast.AST, source: Source) -> Iterator[Edit]:
    """Put `or` in the place of `and`, or the reverse."""
    if isinstance(node, ast.BoolOp):
        other = b"or" if isinstance(node.op, ast.And) else b"and"
        for left, right in zip(node.values, node.values[1:], strict=False):
            yield _symbol_replaced(source, _gap(source, left, right), other)


def ignored_condition(node: ast.AST, source: Source) -> Iterator[Edit]:
    """Leave out one of the conditions that `and` or `or` join."""
    if isinstance(node, ast.BoolOp):
        neutral = b"True" if isinstance(node.op, ast.And) else b"False"
        for value in node.values:
            yield source.expression(source.span(value), neutral)


def dropped_not(node: ast.AST, source: Source) -> Iterator[Edit]:
    """Drop a `not`."""
    if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.Not):
        yield source.expression(source.span(node), source.text(source.span(node))[4:])


def fixed_branch(node: ast.AST, source: Source) -> Iterator[Edit]:
    """Take always the one branch, then always the other."""
    if isinstance(node, ast.If | ast.IfExp | ast.While):
        span = source.span(node.test)
        yield source.expression(span, b"False")
        if not isinstance(node, ast.While):
            yield source.expression(span, b"True")


def removed_bound(node: ast.AST, source: Source) -> Iterator[Edit]:
    """Put one argument of `min` or `max` in the call's place."""
    match node:
        case ast.Call(func=ast.Name(id="min" | "max"), args=[first, second]):
            for argument in (first, second):
                text = source.text(source.span(argument))
                yield source.expression(source.span(node), b"(%s)" % text)


def removed_statement(node: ast.AST, source: Source) -> Iterator[Edit]:
    """Do not call, assign, raise or leave a loop."""
    match node:
        case ast.Expr(value=ast.Call() | ast.Await()) if not _logs_quietly(node):
            pass
        case ast.Assign(targets=[ast.Attribute() | ast.Subscript()]):
            pass
        case ast.AugAssign() | ast.Raise(exc=ast.expr()) | ast.Delete():
            pass
        case ast.Continue() | ast.Break():
            pass
        case _:
            return
    assert isinstance(node, ast.stmt)
    yield source.statement(source.span(node), b"pass")


def removed_await(node: ast.AST, source: Source) -> Iterator[Edit]:
    """Begin something without waiting for its end."""
    match node:
        case ast.Expr(value=ast.Await(value=awaited)):
            text = b"__import__('asyncio').ensure_future(%s)"
            awaited_text = source.text(source.span(awaited))
            yield source.expression(source.span(node), text % awaited_text)


def removed_lock(node: ast.AST, source: Source) -> Iterator[Edit]:
    """Run the body of a `with` without its lock, time-out or suppression."""
    if not isinstance(node, ast.With | ast.AsyncWith):
        return
    if any(item.optional_vars for item in node.items):
        return
    start = source.span(node).start
    last = source.span(node.items[-1].context_expr).stop
    colon = source.content.index(b":", last)
    yield source.expression(Span(start, colon), b"if True")


def removed_translation(node: ast.AST, source: Source) -> Iterator[Edit]:
    """Let an exception through that was translated, handled or swallowed."""
    if isinstance(node, ast.ExceptHandler):
        first, last = source.span(node.body[0]), source.span(node.body[-1])
        if source.text(Span(first.start, last.stop)) != b"raise":
            yield source.statement(Span(first.start, last.stop), b"raise")


def removed_cleanup(node: ast.AST, source: Source) -> Iterator[Edit]:
    """Do nothing in a `finally`."""
    if isinstance(node, ast.Try) and node.finalbody:
        first, last = source.span(node.finalbody[0]), source.span(node.finalbody[-1])
        yield source.statement(Span(first.start, last.stop), b"pass")


OPERATORS: tuple[Operator, ...] = (
    negated_comparison,
    shifted_boundary,
    other_arithmetic,
    changed_number,
    changed_constant,
    swapped_boolean,
    ignored_condition,
    dropped_not,
    fixed_branch,
    removed_bound,
    removed_statement,
    removed_await,
    removed_lock,
    removed_translation,
    removed_cleanup,
)


def _compared(
    node: ast.AST, source: Source, others: dict[type[ast.cmpop], bytes]
) -> Iterator[Edit]:
    if isinstance(node, ast.Compare):
        operands = [node.left, *node.comparators]
        for left, right, operator in zip(
            operands, operands[1:], node.ops, strict=False
        ):
            if type(operator) in others:
                gap = _gap(source, left, right)
                yield _symbol_replaced(source, gap, others[type(operator)])


def _gap(source: Source, left: ast.expr, right: ast.expr) -> Span:
    return Span(source.span(left).stop, source.span(right).start)


def _symbol_replaced(source: Source, gap: Span, text: bytes) -> Edit:
    found = _SYMBOL.search(source.text(gap))
    assert found is not None
    return Edit(Span(gap.start + found.start(), gap.start + found.end()), text)


def _changed_texts(nodes: Sequence[ast.expr | None], source: Source) -> Iterator[Edit]:
    for node in nodes:
        match node:
            case ast.Constant(value=str(value)) if value:
                changed = repr("~" + value).encode()
                yield source.expression(source.span(node), changed)


def _logs_quietly(statement: ast.Expr) -> bool:
    """Return whether *statement* logs what is not a warning."""
    match statement.value:
        case ast.Call(func=ast.Attribute(value=ast.Name(id="_log"), attr=level)):
            return level in _QUIET_LEVELS
    return False
