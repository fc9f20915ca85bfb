"""Walking and rewriting expressions: the only place that knows which node has which children."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace

from distann.codegen.nodes import (
    Binary,
    Call,
    Compare,
    Derivative,
    Draw,
    Entry,
    Expression,
    InputSum,
    Iteration,
    Logic,
    Number,
    Propagator,
    Select,
    Symbol,
    Unary,
)

__all__ = [
    "children",
    "constant",
    "contains",
    "rebuild",
    "substitute",
    "symbols",
    "walk",
    "with_children",
]


def children(expression: Expression) -> tuple[Expression, ...]:
    """Return the direct parts of a node, from left to right."""
    match expression:
        case Number() | Symbol() | InputSum() | Derivative() | Entry():
            return ()
        case Unary(operand=operand):
            return (operand,)
        case Binary(left=left, right=right) | Compare(left=left, right=right) | Logic(left=left, right=right):
            return (left, right)
        case Call(arguments=arguments) | Draw(arguments=arguments):
            return arguments
        case Select(condition=condition, then=then, otherwise=otherwise):
            return (condition, then, otherwise)
        case Propagator(rows=rows):
            return tuple(entry for row in rows for entry in row)
        case Iteration(starts=starts, values=values, updates=updates):
            return (*starts, *values, *updates)
    raise TypeError(f"not an expression: {expression!r}")


def with_children(expression: Expression, parts: tuple[Expression, ...]) -> Expression:
    """Return the same node over other parts."""
    match expression:
        case Number() | Symbol() | InputSum() | Derivative() | Entry():
            return expression
        case Unary():
            return replace(expression, operand=parts[0])
        case Binary() | Compare() | Logic():
            return replace(expression, left=parts[0], right=parts[1])
        case Call() | Draw():
            return replace(expression, arguments=parts)
        case Select():
            return Select(parts[0], parts[1], parts[2], expression.span)
        case Propagator(rows=rows):
            size = len(rows)
            return replace(expression, rows=tuple(parts[i * size : (i + 1) * size] for i in range(size)))
        case Iteration(starts=starts, updates=updates):
            first, last = len(starts), len(parts) - len(updates)
            return replace(expression, starts=parts[:first], values=parts[first:last], updates=parts[last:])
    raise TypeError(f"not an expression: {expression!r}")


def walk(expression: Expression) -> Iterator[Expression]:
    """Yield every node, a parent before its parts."""
    yield expression
    for part in children(expression):
        yield from walk(part)


def rebuild(expression: Expression, change: Callable[[Expression], Expression]) -> Expression:
    """Return the expression with `change` applied to every node, parts before their parent."""
    parts = children(expression)
    if parts:
        new = tuple(rebuild(part, change) for part in parts)
        if new != parts or any(a is not b for a, b in zip(new, parts, strict=True)):
            expression = with_children(expression, new)
    return change(expression)


def substitute(expression: Expression, by: Mapping[str, Expression]) -> Expression:
    """Replace own symbols (those without a side) by expressions, all at once."""

    def change(node: Expression) -> Expression:
        return by.get(node.name, node) if isinstance(node, Symbol) and node.side is None else node

    return rebuild(expression, change)


def symbols(expression: Expression) -> set[str]:
    """Return the names of the own symbols of an expression."""
    return {node.name for node in walk(expression) if isinstance(node, Symbol) and node.side is None}


def contains(expression: Expression, kind: type | tuple[type, ...]) -> bool:
    """Tell whether any node is of that kind."""
    return any(isinstance(node, kind) for node in walk(expression))


def constant(expression: Expression | None) -> float | bool | None:
    """Return the value of a literal, signed or not; None for anything else."""
    match expression:
        case Number(value=value):
            return value
        case Unary(operator="-", operand=Number(value=value)):
            return -value
    return None
