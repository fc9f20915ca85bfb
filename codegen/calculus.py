"""Derivatives of expressions, by the rules of calculus: exact, and as readable as what they are taken of."""

from __future__ import annotations

from collections.abc import Callable

from distann.codegen.nodes import (
    Binary,
    Call,
    Compare,
    Draw,
    Entry,
    Expression,
    InputSum,
    Logic,
    Number,
    Select,
    Symbol,
    Unary,
)
from distann.codegen.tree import constant

__all__ = ["derivative", "minus", "negative", "plus", "times"]

ZERO, ONE, TWO = Number(0.0), Number(1.0), Number(2.0)


def derivative(expression: Expression, name: str) -> Expression:
    """Return d expression / d `name`.

    Steps count as flat: rounding functions, comparisons, the condition of a conditional. Where a function has a corner
    the derivative is that of one of its sides.
    """
    match expression:
        case Symbol(name=found, side=None):
            return ONE if found == name else ZERO
        case Number() | Symbol() | InputSum() | Draw() | Entry() | Compare() | Logic():
            return ZERO
        case Unary(operator="-", operand=operand):
            return negative(derivative(operand, name))
        case Binary():
            return _of_operation(expression, name)
        case Select(condition=condition, then=then, otherwise=otherwise):
            arms = derivative(then, name), derivative(otherwise, name)
            return ZERO if arms == (ZERO, ZERO) else Select(condition, *arms)
        case Call(function=function, arguments=arguments):
            return _of_call(function, arguments, name)
    return ZERO  # `not`


def _of_operation(node: Binary, name: str) -> Expression:
    a, b = node.left, node.right
    da, db = derivative(a, name), derivative(b, name)
    match node.operator:
        case "+":
            return plus(da, db)
        case "-":
            return minus(da, db)
        case "*":
            return plus(times(da, b), times(a, db))
        case "/" if db == ZERO:
            return ZERO if da == ZERO else Binary("/", da, b)
        case "/":
            return Binary("/", minus(times(da, b), times(a, db)), times(b, b))
    value = constant(b)
    if value is not None:
        lower = a if value == 2 else Binary("**", a, Number(float(value) - 1))
        return times(times(b, lower), da)
    if (da, db) == (ZERO, ZERO):
        return ZERO
    return times(node, plus(times(db, Call("log", (a,))), times(b, Binary("/", da, a))))


def _of_call(function: str, arguments: tuple[Expression, ...], name: str) -> Expression:
    inner = [derivative(argument, name) for argument in arguments]
    if all(slope == ZERO for slope in inner):
        return ZERO
    if function in ("maximum", "minimum"):
        a, b = arguments
        sign = ">" if function == "maximum" else "<"
        return Select(Compare(sign, a, b), inner[0], inner[1])
    if function == "clip":
        return Select(Compare("<", arguments[0], arguments[1]), inner[1], _below(arguments, inner))
    if function == "hypot":
        parts = [times(x, slope) for x, slope in zip(arguments, inner, strict=True)]
        return Binary("/", plus(*parts), Call("hypot", arguments))
    if function == "atan2":
        y, x = arguments
        return Binary("/", minus(times(x, inner[0]), times(y, inner[1])), plus(_square(x), _square(y)))
    if function not in OUTER:
        return ZERO  # floor, ceil, round, trunc, sign, modulo: flat but for their steps
    return times(OUTER[function](arguments[0]), inner[0])


def _below(arguments: tuple[Expression, ...], inner: list[Expression]) -> Expression:
    return Select(Compare(">", arguments[0], arguments[2]), inner[2], inner[0])


def _square(x: Expression) -> Expression:
    return Binary("*", x, x)


def _one_over(x: Expression) -> Expression:
    return Binary("/", ONE, x)


def _root(x: Expression) -> Expression:
    return Call("sqrt", (x,))


# Of each function of one number: its derivative at x.
OUTER: dict[str, Callable[[Expression], Expression]] = {
    "exp": lambda x: Call("exp", (x,)),
    "expm1": lambda x: Call("exp", (x,)),
    "expm1_over": lambda x: Binary("/", Binary("-", Call("exp", (x,)), Call("expm1_over", (x,))), x),
    "log": _one_over,
    "log1p": lambda x: _one_over(Binary("+", ONE, x)),
    "log10": lambda x: _one_over(times(x, Call("log", (Number(10.0),)))),
    "log2": lambda x: _one_over(times(x, Call("log", (TWO,)))),
    "sqrt": lambda x: _one_over(times(TWO, _root(x))),
    "cbrt": lambda x: _one_over(times(Number(3.0), _square(Call("cbrt", (x,))))),
    "sin": lambda x: Call("cos", (x,)),
    "cos": lambda x: negative(Call("sin", (x,))),
    "tan": lambda x: Binary("+", ONE, _square(Call("tan", (x,)))),
    "asin": lambda x: _one_over(_root(Binary("-", ONE, _square(x)))),
    "acos": lambda x: negative(_one_over(_root(Binary("-", ONE, _square(x))))),
    "atan": lambda x: _one_over(Binary("+", ONE, _square(x))),
    "sinh": lambda x: Call("cosh", (x,)),
    "cosh": lambda x: Call("sinh", (x,)),
    "tanh": lambda x: Binary("-", ONE, _square(Call("tanh", (x,)))),
    "asinh": lambda x: _one_over(_root(Binary("+", _square(x), ONE))),
    "acosh": lambda x: _one_over(_root(Binary("-", _square(x), ONE))),
    "atanh": lambda x: _one_over(Binary("-", ONE, _square(x))),
    "fabs": lambda x: Call("sign", (x,)),
    "positive": lambda x: Select(Compare(">", x, ZERO), ONE, ZERO),
    "negative": lambda x: Select(Compare("<", x, ZERO), Number(-1.0), ZERO),
}


# ---- building -----------------------------------------------------------------------------------------------------


def negative(a: Expression) -> Expression:
    """Return ``-a``, simplified where that is plain."""
    match a:
        case Number(value=value):
            return Number(-value if value else 0.0)
        case Unary(operator="-", operand=operand):
            return operand
    return Unary("-", a)


def plus(a: Expression, b: Expression) -> Expression:
    """Return ``a + b``, simplified where that is plain."""
    match a, b:
        case Number(value=x), Number(value=y):
            return Number(x + y)
        case _, Unary(operator="-", operand=operand) if a != ZERO:
            return Binary("-", a, operand)
    return b if a == ZERO else a if b == ZERO else Binary("+", a, b)


def minus(a: Expression, b: Expression) -> Expression:
    """Return ``a - b``, simplified where that is plain."""
    if isinstance(a, Number) and isinstance(b, Number):
        return Number(a.value - b.value)
    if a == ZERO or isinstance(b, Unary):
        return plus(a, negative(b))
    return a if b == ZERO else Binary("-", a, b)


def times(a: Expression, b: Expression) -> Expression:
    """Return ``a * b``, simplified where that is plain."""
    if ZERO in (a, b):
        return ZERO
    for one, other in ((a, b), (b, a)):
        if one == ONE:
            return other
        if one == Number(-1.0):
            return negative(other)
    return Binary("*", a, b)
