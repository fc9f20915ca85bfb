"""Algebra on equations: the derivative's coefficient, and how a right-hand side depends on its own variable.

The user's own expression is what is computed; algebra only decides what may be done with it, and finds the one
derivative that an exponential or semi-implicit step needs. Most equations show by their form that they are linear; the
others are left to `algebra`.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from distann.codegen.algebra import slope
from distann.codegen.calculus import minus, negative, plus, times
from distann.codegen.nodes import Binary, Derivative, Equation, Expression, Number, Symbol, Unary
from distann.codegen.tree import substitute, symbols, walk

__all__ = ["Parts", "linear_parts", "linear_rate", "linear_system", "solve_for_derivative", "split_off"]

ZERO, ONE = Number(0.0), Number(1.0)
Parts = tuple[Expression, Expression]


def solve_for_derivative(equation: Equation) -> Parts | None:
    """Bring ``left = right`` into the form ``coefficient * dx/dt = numerator``.

    Returns
    -------
    (coefficient, numerator) or None
        None when the derivative does not occur linearly.
    """
    left, right = _split(equation.left, _is_derivative), _split(equation.right, _is_derivative)
    if left is None or right is None:
        return None
    coefficient = minus(left[0], right[0])
    if coefficient == ZERO:
        return None
    return coefficient, minus(right[1], left[1])


def linear_parts(expression: Expression, name: str) -> Parts | None:
    """Return (A, B) of ``expression = A * name + B``, both free of `name`; None when there is no such form."""
    parts = _split(expression, lambda node: node == Symbol(name))
    if parts is not None:
        return parts
    rate = slope(expression, name)
    return None if rate is None else (rate, substitute(expression, {name: ZERO}))


def linear_rate(expression: Expression, name: str) -> Expression | None:
    """Return A of ``expression = A * name + B``, A and B free of `name`; None when there is no such form."""
    parts = linear_parts(expression, name)
    return None if parts is None else parts[0]


def linear_system(
    coefficient: Expression,
    numerator: Expression,
    names: Sequence[str],
    parts_of: Callable[[Expression, str], Parts | None],
) -> tuple[list[Expression], Expression] | None:
    """Return the slopes of a numerator in several variables, and the rest; None when it is not linear in them together.

    Parameters
    ----------
    coefficient, numerator : Expression
        Of one equation, ``coefficient * dx/dt = numerator``; the coefficient must have none of the variables.
    names : sequence of str
        The variables.
    parts_of : callable
        `linear_parts`, or what finds fewer forms.
    """
    slopes, rest = [], numerator
    for name in names:
        parts = parts_of(rest, name)
        if parts is None:
            return None
        slopes.append(parts[0])
        rest = parts[1]
    if set(names) & symbols(coefficient).union(*(symbols(slope) for slope in slopes)):
        return None
    return slopes, rest


def split_off(expression: Expression, part: Expression) -> Parts | None:
    """Return (a, b) with ``expression = a * part + b``, both free of `part`; None when its form shows none."""
    return _split(expression, lambda node: node == part)


def _is_derivative(node: Expression) -> bool:
    return isinstance(node, Derivative)


def _split(expression: Expression, unknown: Callable[[Expression], bool]) -> Parts | None:
    """Return (a, b) with ``expression = a * unknown + b``, both free of the unknown; None when its form shows none."""

    def free(part: Expression) -> bool:
        return not any(unknown(node) for node in walk(part))

    if unknown(expression):
        return ONE, ZERO
    if free(expression):
        return ZERO, expression
    match expression:
        case Unary(operator="-", operand=operand):
            return _map(_split(operand, unknown), negative)
        case Binary(operator="+" | "-" as operator, left=left, right=right):
            a, b = _split(left, unknown), _split(right, unknown)
            join = plus if operator == "+" else minus
            return None if a is None or b is None else (join(a[0], b[0]), join(a[1], b[1]))
        case Binary(operator="*", left=left, right=right) if free(right):
            return _map(_split(left, unknown), lambda part: times(part, right))
        case Binary(operator="*", left=left, right=right) if free(left):
            return _map(_split(right, unknown), lambda part: times(left, part))
        case Binary(operator="/", left=left, right=right) if free(right):
            return _map(_split(left, unknown), lambda part: part if part == ZERO else Binary("/", part, right))
    return None


def _map(pair: Parts | None, change: Callable[[Expression], Expression]) -> Parts | None:
    return None if pair is None else (change(pair[0]), change(pair[1]))
