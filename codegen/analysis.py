"""Algebra on equations: the derivative's coefficient, and how a right-hand side depends on its own variable.

The user's own expression is what is computed; algebra only decides what may be done with it, and finds the one
derivative that an exponential or semi-implicit step needs. The computer algebra is sympy's.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache

import sympy

from distann.codegen.ir import (
    Binary,
    Call,
    Compare,
    Derivative,
    Draw,
    Equation,
    Expression,
    InputSum,
    Logic,
    Number,
    Select,
    Symbol,
    Unary,
)
from distann.codegen.tree import constant, contains, symbols, walk

__all__ = ["linear_rate", "solve_for_derivative"]

ZERO, ONE = Number(0.0), Number(1.0)


def solve_for_derivative(equation: Equation) -> tuple[Expression, Expression] | None:
    """Bring ``left = right`` into the form ``coefficient * dx/dt = numerator``.

    Returns
    -------
    (coefficient, numerator) or None
        None when the derivative does not occur linearly.
    """
    left, right = _split(equation.left), _split(equation.right)
    if left is None or right is None:
        return None
    coefficient = _minus(left[0], right[0])
    if coefficient == ZERO:
        return None
    return coefficient, _minus(right[1], left[1])


def _split(expression: Expression) -> tuple[Expression, Expression] | None:
    """Return (a, b) with ``expression = a * derivative + b``, both free of the derivative; None when not linear."""
    if isinstance(expression, Derivative):
        return ONE, ZERO
    if not contains(expression, Derivative):
        return ZERO, expression
    match expression:
        case Unary(operator="-", operand=operand):
            return _map(_split(operand), lambda part: _minus(ZERO, part))
        case Binary(operator="+" | "-" as operator, left=left, right=right):
            a, b = _split(left), _split(right)
            join = _plus if operator == "+" else _minus
            return None if a is None or b is None else (join(a[0], b[0]), join(a[1], b[1]))
        case Binary(operator="*", left=left, right=right) if not contains(right, Derivative):
            return _map(_split(left), lambda part: _times(part, right))
        case Binary(operator="*", left=left, right=right) if not contains(left, Derivative):
            return _map(_split(right), lambda part: _times(left, part))
        case Binary(operator="/", left=left, right=right) if not contains(right, Derivative):
            return _map(_split(left), lambda part: part if part == ZERO else Binary("/", part, right))
    return None


def _map(
    pair: tuple[Expression, Expression] | None, change: Callable[[Expression], Expression]
) -> tuple[Expression, Expression] | None:
    return None if pair is None else (change(pair[0]), change(pair[1]))


def _plus(a: Expression, b: Expression) -> Expression:
    return b if a == ZERO else a if b == ZERO else Binary("+", a, b)


def _minus(a: Expression, b: Expression) -> Expression:
    if b == ZERO:
        return a
    return Unary("-", b) if a == ZERO else Binary("-", a, b)


def _times(a: Expression, b: Expression) -> Expression:
    if ZERO in (a, b):
        return ZERO
    return b if a == ONE else a if b == ONE else Binary("*", a, b)


def linear_rate(expression: Expression, name: str) -> Expression | None:
    """Return A of ``expression = A * name + B``, A and B free of `name`; None when there is no such form."""
    if name not in symbols(expression):
        return ZERO
    return _linear_rate(expression, name)


@lru_cache(maxsize=1024)
def _linear_rate(expression: Expression, name: str) -> Expression | None:
    algebra = _Algebra(name)
    variable = algebra.symbol(Symbol(name))
    try:
        rate = sympy.diff(sympy.expand(algebra.to_sympy(expression)), variable)
        if rate.has(variable):
            rate = sympy.simplify(rate)
        return None if rate.has(variable) else algebra.from_sympy(rate)
    except _Opaque:
        return None


class _Opaque(Exception):
    """The variable stands inside something that algebra does not open, or is divided by zero."""


class _Algebra:
    """Translation to sympy and back. What does not depend on the variable and is not arithmetic becomes a symbol."""

    def __init__(self, variable: str) -> None:
        self.variable = variable
        self._names: dict[Expression, sympy.Symbol] = {}
        self._nodes: dict[str, Expression] = {}

    def symbol(self, node: Expression) -> sympy.Symbol:
        """One sympy symbol for each distinct node, named by order of appearance: the same on every rank."""
        if node not in self._names:
            self._names[node] = sympy.Symbol(f"x{len(self._names)}", real=True)
            self._nodes[self._names[node].name] = node
        return self._names[node]

    def to_sympy(self, node: Expression) -> sympy.Expr:
        match node:
            case Number(value=value):
                return sympy.Integer(int(value)) if float(value).is_integer() else sympy.Float(value, 17)
            case Symbol() | InputSum():
                return self.symbol(node)
            case Unary(operator="-", operand=operand):
                return -self.to_sympy(operand)
            # Roots stay closed: algebra would rewrite them, the one of a square as an absolute value.
            case Binary(operator=operator, left=left, right=right) if operator != "**" or _is_integer(right):
                return _ARITHMETIC[operator](self.to_sympy(left), self.to_sympy(right))
            case _ if Symbol(self.variable) in walk(node):
                raise _Opaque
            case Call() | Draw() | Select() | Compare() | Logic() | Unary() | Binary():
                return self.symbol(node)
        raise TypeError(f"not an expression: {node!r}")

    def from_sympy(self, term: sympy.Expr) -> Expression:
        if term.is_Symbol:
            return self._nodes[term.name]
        if term.is_Number and term.is_finite:
            return Number(float(term))
        if not (term.is_Add or term.is_Mul or term.is_Pow):
            raise _Opaque
        parts = [self.from_sympy(part) for part in term.args]
        if term.is_Pow:
            return Binary("/", ONE, parts[0]) if term.exp == -1 else Binary("**", parts[0], parts[1])
        operator = "+" if term.is_Add else "*"
        result = parts[0]
        for part in parts[1:]:
            result = Binary(operator, result, part)
        return result


def _is_integer(node: Expression) -> bool:
    value = constant(node)
    return value is not None and float(value).is_integer()


_ARITHMETIC: dict[str, Callable[[sympy.Expr, sympy.Expr], sympy.Expr]] = {
    "+": lambda a, b: a + b,
    "-": lambda a, b: a - b,
    "*": lambda a, b: a * b,
    "/": lambda a, b: a / b,
    "**": lambda a, b: a**b,
}
