"""Units of parameters and variables: read, kept, and compared within a statement; never converted.

A dimension is the exponents of kg, m, s, A, K and mol. A literal number has no dimension of its own: in a sum it has
that of its neighbours, as in ``0.04 * v**2 + 5 * v + 140``. A statement with a name whose unit is not known is not
checked.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from fractions import Fraction
from typing import NoReturn

from distann.codegen.formatting import format_expression
from distann.codegen.ir import Field, Reduction
from distann.codegen.lexer import refuse
from distann.codegen.nodes import (
    Assignment,
    Binary,
    Call,
    Compare,
    Derivative,
    Draw,
    Equation,
    Expression,
    Logic,
    Number,
    Select,
    Span,
    Statement,
    Symbol,
    Unary,
)
from distann.codegen.tree import constant, walk
from distann.errors import closest

__all__ = ["check_units", "dimension_of"]

Dimension = tuple[Fraction, ...]


def _dimension(*exponents: int) -> Dimension:
    return tuple(Fraction(exponent) for exponent in (*exponents, 0, 0, 0, 0, 0, 0)[:6])


NONE = _dimension()
SECOND = _dimension(0, 0, 1)
BASES = {
    "s": SECOND, "m": _dimension(0, 1), "g": _dimension(1), "A": _dimension(0, 0, 0, 1), "K": _dimension(0, 0, 0, 0, 1),
    "mol": _dimension(0, 0, 0, 0, 0, 1), "M": _dimension(0, -3, 0, 0, 0, 1), "Hz": _dimension(0, 0, -1),
    "V": _dimension(1, 2, -3, -1), "C": _dimension(0, 0, 1, 1), "F": _dimension(-1, -2, 4, 2),
    "S": _dimension(-1, -2, 3, 2), "Ohm": _dimension(1, 2, -3, -2), "ohm": _dimension(1, 2, -3, -2),
    "N": _dimension(1, 1, -2), "J": _dimension(1, 2, -2), "W": _dimension(1, 2, -3),
}  # fmt: skip
PREFIXES = ("f", "p", "n", "u", "m", "c", "k", "M", "G")
PREFIXED = {prefix + name: dimension for name, dimension in BASES.items() for prefix in PREFIXES if name != "K"}
UNITS = PREFIXED | BASES  # where both have a name, it is that of the base: m is a metre
SAME = ("fabs", "positive", "negative", "floor", "ceil", "round", "trunc", "maximum", "minimum", "clip", "hypot",
        "modulo")  # fmt: skip
ROOTS = {"sqrt": Fraction(1, 2), "cbrt": Fraction(1, 3)}


# ---- units --------------------------------------------------------------------------------------------------------


def dimension_of(unit: Expression) -> Dimension:
    """Return the dimension of a unit such as ``mV``, ``1/ms`` or ``nS * mV``.

    Raises
    ------
    EquationError
        For what is none.
    """
    match unit:
        case Number():
            return NONE
        case Symbol(name=name, side=None, span=span):
            if name not in UNITS:
                _refuse(f"unknown unit '{name}'", span, closest(name, UNITS) or "write for instance ms, mV or nA.")
            return UNITS[name]
        case Binary(operator="*" | "/" as operator, left=left, right=right):
            return _combined(dimension_of(left), dimension_of(right), 1 if operator == "*" else -1)
        case Binary(operator="**", left=left, right=right) if (power := constant(right)) is not None:
            return _power(dimension_of(left), Fraction(power).limit_denominator(12))
    _refuse(f"'{format_expression(unit)}' is no unit", unit.span, "write for instance mV, 1/ms or nS * mV.")


def _refuse(reason: str, span: Span | None, hint: str) -> NoReturn:
    assert span is not None
    refuse(reason, span, hint)


def _combined(a: Dimension, b: Dimension, sign: int) -> Dimension:
    return tuple(x + sign * y for x, y in zip(a, b, strict=True))


def _power(a: Dimension, exponent: Fraction) -> Dimension:
    return tuple(x * exponent for x in a)


def _name(dimension: Dimension) -> str:
    """Return a unit of that dimension."""
    if dimension == NONE:
        return "a number"
    for name, base in BASES.items():
        if base == dimension:
            return name
    for name, base in BASES.items():
        if _combined(base, SECOND, -1) == dimension:
            return f"{name}/s"
    for name, base in BASES.items():
        for other, divisor in BASES.items():
            for sign, symbol in ((-1, "/"), (1, "*")):
                if _combined(base, divisor, sign) == dimension:
                    return f"{name}{symbol}{other}"
    parts = zip(("kg", "m", "s", "A", "K", "mol"), dimension, strict=True)
    return "*".join(f"{base}**{exponent}" for base, exponent in parts if exponent)


# ---- expressions --------------------------------------------------------------------------------------------------


class _Checker:
    """Computes dimensions, None for that of a literal number."""

    def __init__(self, known: Mapping[str, Dimension], whole: Span) -> None:
        self._known, self._whole = known, whole

    def of(self, node: Expression) -> Dimension | None:
        """Return the dimension of an expression."""
        match node:
            case Number():
                return None
            case Symbol(name=name):
                return self._known[name]
            case Derivative(name=name):
                return _combined(self._known[name], SECOND, -1)
            case Unary(operand=operand):
                return self.of(operand)
            case Binary(operator="+" | "-", left=left, right=right):
                return self.same(node, left, right)
            case Binary(operator="*" | "/" as operator, left=left, right=right):
                a, b = self.of(left), self.of(right)
                sign = 1 if operator == "*" else -1
                return None if a is None and b is None else _combined(a or NONE, b or NONE, sign)
            case Binary(left=left, right=right):
                return self._of_power(node, left, right)
            case Compare(left=left, right=right):
                self.same(node, left, right)
                return NONE
            case Logic(left=left, right=right):
                self.of(left), self.of(right)
                return NONE
            case Select(condition=condition, then=then, otherwise=otherwise):
                self.of(condition)
                return self.same(node, then, otherwise)
            case Call(function=function, arguments=arguments):
                return self._of_call(node, function, arguments)
            case Draw(distribution=distribution, arguments=arguments):
                return self._of_draw(node, distribution, arguments)
        raise TypeError(f"not an expression: {node!r}")

    def same(self, node: Expression, *parts: Expression) -> Dimension | None:
        """Return the dimension that all parts have."""
        found: tuple[Expression, Dimension] | None = None
        for part in parts:
            dimension = self.of(part)
            if dimension is None:
                continue
            if found is not None and found[1] != dimension:
                self.refuse(node, found[0], found[1], part, dimension)
            found = found or (part, dimension)
        return None if found is None else found[1]

    def refuse(self, node: Expression, left: Expression, a: Dimension, right: Expression, b: Dimension) -> NoReturn:
        texts = [format_expression(left), format_expression(right)]
        reason = f"'{texts[0]}' is in {_name(a)}, but '{texts[1]}' in {_name(b)}"
        refuse(f"the units do not fit: {reason}", node.span or self._whole, "correct the equation, or a unit.")

    def number(self, node: Expression, *parts: Expression) -> Dimension:
        """Make sure that all parts are plain numbers."""
        for part in parts:
            dimension = self.of(part)
            if dimension not in (None, NONE):
                self.refuse(node, part, dimension or NONE, Number(1.0), NONE)
        return NONE

    def _of_power(self, node: Expression, base: Expression, exponent: Expression) -> Dimension | None:
        value, dimension = constant(exponent), self.of(base)
        if value is None or dimension is None:
            return self.number(node, base, exponent) if value is None else None
        return _power(dimension, Fraction(value).limit_denominator(1000))

    def _of_call(self, node: Expression, function: str, arguments: tuple[Expression, ...]) -> Dimension | None:
        if function in SAME:
            return self.same(node, *arguments)
        if function in ROOTS:
            dimension = self.of(arguments[0])
            return None if dimension is None else _power(dimension, ROOTS[function])
        if function in ("sign", "isnan", "isfinite", "atan2"):
            self.same(node, *arguments)
            return NONE
        return self.number(node, *arguments)

    def _of_draw(self, node: Expression, kind: str, arguments: tuple[Expression, ...]) -> Dimension | None:
        match kind:
            case "Uniform" | "DiscreteUniform" | "Normal":
                return self.same(node, *arguments)
            case "Exponential":
                rate = self.of(arguments[0])
                return None if rate is None else _power(rate, Fraction(-1))
            case "Gamma":
                self.number(node, arguments[0])
                return self.same(node, *arguments[1:])
            case "xi":
                return _power(SECOND, Fraction(-1, 2))
        return self.number(node, *arguments)


def check_units(
    statements: Iterable[Statement],
    conditions: Iterable[Expression],
    fields: Iterable[Field],
    reductions: Iterable[Reduction] = (),
) -> None:
    """Refuse statements and conditions whose terms have different dimensions, where every name has a unit.

    Raises
    ------
    EquationError
        With the two terms.
    """
    known = {"t": SECOND, "dt": SECOND, "pi": NONE}
    known |= {field.name: field.dimension for field in fields if field.dimension is not None}
    if len(known) == 3:
        return
    known |= {r.name: known[r.variable] for r in reductions if r.variable in known}
    for statement in statements:
        _check(statement, known)
    for condition in conditions:
        if condition.span is not None and _complete((condition,), known):
            _Checker(known, condition.span).of(condition)


def _check(statement: Statement, known: Mapping[str, Dimension]) -> None:
    checker, name = _Checker(known, statement.span), Symbol(statement.name)
    if isinstance(statement, Equation):
        if _complete((statement.left, statement.right), known) and statement.name in known:
            checker.same(name, statement.left, statement.right)
    elif _complete((name, statement.value), known):
        _check_assignment(statement, checker, name)
    for flag in statement.flags:
        if flag.value is not None and _complete((name, flag.value), known):
            checker.same(flag.value, name, flag.value)


def _check_assignment(statement: Assignment, checker: _Checker, name: Symbol) -> None:
    if statement.operator in ("*=", "/="):
        checker.number(statement.value, statement.value)
    else:
        checker.same(name, name, statement.value)


def _complete(parts: Iterable[Expression], known: Mapping[str, Dimension]) -> bool:
    """Tell whether every name has a unit; inputs of targets and neighbours have none."""
    return all(
        node.side is None and node.name in known
        if isinstance(node, Symbol)
        else node.name in known
        if isinstance(node, Derivative)
        else isinstance(node, Number | Unary | Binary | Compare | Logic | Select | Call | Draw)
        for part in parts
        for node in walk(part)
    )
