"""What expressions may not be: too large, too deep, or with what stands elsewhere only."""

from __future__ import annotations

from typing import NoReturn

from distann.codegen.lexer import Token, refuse
from distann.codegen.nodes import Compare, Derivative, Draw, Expression, Logic, Select, Span
from distann.codegen.tree import children, walk

__all__ = ["DEEPEST", "DEEPEST_NESTING", "LARGEST", "refuse_deep", "refuse_depth", "refuse_derivative", "refuse_middle"]

# Both keep whatever reads or walks an expression recursively within Python's stack.
DEEPEST_NESTING = 100  # parentheses, calls, signs and conditionals inside each other
DEEPEST = 200  # operations inside each other; a + b + c + d counts 3
LARGEST = 5000  # operations of an expression whose functions are written out


def refuse_middle(expression: Expression, token: Token) -> None:
    """Refuse a middle of ``a < b < c``, which occurs twice, as two draws or as 2^n copies of nested chains."""
    refuse_deep(expression)
    if any(isinstance(node, Draw | Compare | Logic | Select) for node in walk(expression)):
        hint = "write a < b and b < c, with a name for b."
        refuse("this cannot stand in the middle of a chain", expression.span or token.span, hint)


def refuse_deep(expression: Expression) -> None:
    """Refuse chains like a + a + a ... that are deep: every later layer walks them recursively."""
    pending = [(expression, 1)]
    while pending:
        node, depth = pending.pop()
        if depth > DEEPEST and node.span is not None:
            refuse_depth(node.span, DEEPEST)
        pending += [(part, depth + 1) for part in children(node)]


def refuse_depth(span: Span, limit: int) -> NoReturn:
    """Refuse what lies deeper than `limit`."""
    refuse(f"more than {limit} operations inside each other", span, "split it into several assignments.")


def refuse_derivative(expression: Expression) -> None:
    """Refuse an expression that contains a derivative."""
    for node in walk(expression):
        if isinstance(node, Derivative) and node.span is not None:
            refuse(f"d{node.name}/dt stands only in equations", node.span)
