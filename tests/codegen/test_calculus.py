"""Derivatives against sympy's, at points."""

from __future__ import annotations

import math

import pytest
import sympy

from distann.codegen.calculus import derivative
from distann.codegen.syntax import parse_expression
from tests.reference.evaluator import FUNCTIONS, evaluate

TEXTS = [
    "3", "b", "x", "-x", "x + b * x", "b - x / 3", "x * x * b", "b / x", "x**3", "x**b", "b**x", "x**x", "(1 + x)**-2",
    "exp(b * x)", "log(x)", "log1p(x)", "log10(x)", "log2(x)", "expm1(x)", "sqrt(x**2 + 1)", "cbrt(x)", "sin(x)",
    "cos(2 * x)", "tan(x)", "asin(x / 2)", "acos(x / 2)", "atan(x)", "sinh(x)", "cosh(x)", "tanh(x)", "asinh(x)",
    "acosh(2 + x)", "atanh(x / 2)", "fabs(x)", "atan2(x, b)", "atan2(b, x)", "hypot(x, b)", "1 / (1 + exp(-x))",
]  # fmt: skip
NAMES = {
    "fabs": sympy.Abs, "cbrt": sympy.cbrt, "log1p": lambda x: sympy.log(1 + x), "expm1": lambda x: sympy.exp(x) - 1,
    "log2": lambda x: sympy.log(x, 2), "log10": lambda x: sympy.log(x, 10),
    "hypot": lambda a, b: sympy.sqrt(a**2 + b**2),
}  # fmt: skip


@pytest.mark.parametrize("text", TEXTS)
def test_against_sympy(text: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(FUNCTIONS, "sign", lambda x: math.copysign(1.0, x))
    x = sympy.Symbol("x", positive=True)
    exact = sympy.diff(sympy.sympify(text, {"x": x, "b": sympy.Float(1.7), **NAMES}), x)
    found = derivative(parse_expression(text, "equations"), "x")
    for value in (0.3, 0.9, 1.6):
        at = {"x": value, "b": 1.7}
        assert evaluate(found, at) == pytest.approx(float(exact.subs(x, value)), rel=1e-12, abs=1e-12)


@pytest.mark.parametrize(
    ("text", "slopes"),
    [
        ("pos(x)", (0, 1)), ("neg(x)", (-1, 0)), ("maximum(x, 2 * x)", (1, 2)), ("min(x, 2 * x)", (2, 1)),
        ("clip(x, -0.5, 3 * x)", (0, 1)), ("if x > 0: x**2 else: 3", (0, 2)), ("floor(x)", (0, 0)),
        ("x > 0", (0, 0)), ("not x", (0, 0)),
    ],
)  # fmt: skip
def test_corners_and_steps(text: str, slopes: tuple[float, float]) -> None:
    found = derivative(parse_expression(text, "equations"), "x")
    assert tuple(evaluate(found, {"x": value}) for value in (-1.0, 1.0)) == slopes
