"""Expressions as readable text of the language: what messages and reports show."""

from __future__ import annotations

import math

from distann.codegen.nodes import (
    Binary,
    Call,
    Compare,
    Derivative,
    Draw,
    Expression,
    InputSum,
    Logic,
    Number,
    Select,
    Side,
    Symbol,
    Unary,
)
from distann.codegen.vocabulary import ARGUMENTS

__all__ = ["format_expression"]

OR, AND, NOT, COMPARISON, SUM, PRODUCT, SIGN, POWER, ATOM = range(1, 10)
LEVELS = {"or": OR, "and": AND, "+": SUM, "-": SUM, "*": PRODUCT, "/": PRODUCT, "**": POWER}


def format_expression(expression: Expression) -> str:
    """Return one line of text with few parentheses; read again, it gives an equal expression."""
    return _print(expression)[0]


def _print(node: Expression) -> tuple[str, int]:
    """Return the text, and how tightly its outermost operator binds."""
    match node:
        case Number(value=value):
            return _number(value)
        case Symbol(name=name, side=side):
            return _dotted(side) + name, ATOM
        case InputSum(target=target, side=side):
            return f"{_dotted(side)}sum({target})", ATOM
        case Derivative(name=name):
            return f"d{name}/dt", ATOM
        case Call(function=name, arguments=arguments):
            return f"{name}({', '.join(map(format_expression, arguments))})", ATOM
        case Draw():
            return _draw(node), ATOM
        case Select(condition=condition, then=then, otherwise=otherwise):
            return f"ite({', '.join(map(format_expression, (condition, then, otherwise)))})", ATOM
        case Unary(operator="not", operand=operand):
            return f"not {_within(operand, NOT)}", NOT
        case Unary(operand=operand):
            return f"-{_within(operand, SIGN)}", SIGN
        case Compare(operator=operator, left=left, right=right):
            return f"{_within(left, SUM)} {operator} {_within(right, SUM)}", COMPARISON
        case Binary(operator="**", left=left, right=right):
            return f"{_within(left, ATOM)}**{_within(right, SIGN)}", POWER
        case Binary() | Logic():
            level = LEVELS[node.operator]
            return f"{_within(node.left, level)} {node.operator} {_within(node.right, level + 1)}", level
    raise TypeError(f"not an expression: {node!r}")


def _draw(node: Draw) -> str:
    """A bound that is missing leaves a gap: what follows it is named."""
    given, gap = [], False
    for name, argument in zip(ARGUMENTS.get(node.distribution, ((), 0))[0], node.arguments, strict=False):
        if argument == Number(-math.inf):
            gap = True
            continue
        given.append(f"{name}={format_expression(argument)}" if gap else format_expression(argument))
    return f"{node.distribution}({', '.join(given)})"


def _within(node: Expression, level: int) -> str:
    text, own = _print(node)
    return text if own >= level else f"({text})"


def _dotted(side: Side | None) -> str:
    return f"{side.value}." if side is not None else ""


def _number(value: float | bool) -> tuple[str, int]:
    if isinstance(value, bool):
        return str(value), ATOM
    text = str(int(value)) if value.is_integer() and abs(value) < 1e16 else repr(value)
    return text, SIGN if value < 0 else ATOM
