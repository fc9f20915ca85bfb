"""The cases of `analysis` that take real algebra: expanding, cancelling, simplifying. By sympy."""

from __future__ import annotations

import functools
import importlib
import operator
from typing import Any

from distann.codegen.nodes import (
    Binary,
    Call,
    Compare,
    Draw,
    Expression,
    InputSum,
    Logic,
    Number,
    Select,
    Symbol,
    Unary,
)
from distann.codegen.tree import constant, walk

__all__ = ["slope"]


@functools.cache
def _sympy() -> Any:
    """Return sympy. Importing it takes longer than all else before the first step, and few equations need it."""
    return importlib.import_module("sympy")


@functools.lru_cache(maxsize=1024)
def slope(expression: Expression, name: str) -> Expression | None:
    """Return A of ``expression = A * name + B``, A and B free of `name`; None when there is no such form."""
    sympy, algebra = _sympy(), _Algebra(name)
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
        self._names: dict[Expression, Any] = {}
        self._nodes: dict[str, Expression] = {}

    def symbol(self, node: Expression) -> Any:
        """One sympy symbol for each distinct node, named by order of appearance: the same on every rank."""
        if node not in self._names:
            self._names[node] = _sympy().Symbol(f"x{len(self._names)}", real=True)
            self._nodes[self._names[node].name] = node
        return self._names[node]

    def to_sympy(self, node: Expression) -> Any:
        """Return an expression as a term of sympy, or raise `_Opaque`."""
        match node:
            case Number(value=value):
                sympy = _sympy()
                return sympy.Integer(int(value)) if float(value).is_integer() else sympy.Float(value, 17)
            case Symbol() | InputSum():
                return self.symbol(node)
            case Unary(operator="-", operand=operand):
                return -self.to_sympy(operand)
            # Roots stay closed: algebra would rewrite them, the one of a square as an absolute value.
            case Binary(operator=sign, left=left, right=right) if sign != "**" or _is_integer(right):
                return _ARITHMETIC[sign](self.to_sympy(left), self.to_sympy(right))
            case _ if Symbol(self.variable) in walk(node):
                raise _Opaque
            case Call() | Draw() | Select() | Compare() | Logic() | Unary() | Binary():
                return self.symbol(node)
        raise TypeError(f"not an expression: {node!r}")

    def from_sympy(self, term: Any) -> Expression:
        """Return a term of sympy as an expression, or raise `_Opaque`."""
        if term.is_Symbol:
            return self._nodes[term.name]
        if term.is_Number and term.is_finite:
            return Number(float(term))
        if not (term.is_Add or term.is_Mul or term.is_Pow):
            raise _Opaque
        parts = [self.from_sympy(part) for part in term.args]
        if term.is_Pow:
            return Binary("/", Number(1.0), parts[0]) if term.exp == -1 else Binary("**", parts[0], parts[1])
        sign = "+" if term.is_Add else "*"
        result = parts[0]
        for part in parts[1:]:
            result = Binary(sign, result, part)
        return result


def _is_integer(node: Expression) -> bool:
    value = constant(node)
    return value is not None and float(value).is_integer()


_ARITHMETIC = {
    "+": operator.add, "-": operator.sub, "*": operator.mul, "/": operator.truediv, "**": operator.pow,
}  # fmt: skip
