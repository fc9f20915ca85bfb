"""Algebra on equations, against numbers: both sides of an equation are evaluated where they must agree."""

from __future__ import annotations

import math
import random

import pytest

from distann.codegen.analysis import linear_rate, solve_for_derivative
from distann.codegen.nodes import Derivative, Equation, Expression, Symbol
from distann.codegen.syntax import parse_block, parse_expression
from distann.codegen.tree import rebuild, symbols
from tests.reference.evaluator import evaluate

NAMES = ("v", "u", "tau", "a", "b", "c")


def points(n: int = 20) -> list[dict[str, float]]:
    """Values of all names, away from 0 and of both signs."""
    generator = random.Random(3)
    return [{name: generator.choice((-1, 1)) * generator.uniform(0.5, 2) for name in NAMES} for _ in range(n)]


def equation(text: str) -> Equation:
    (statement,) = parse_block(text, "equations")
    assert isinstance(statement, Equation)
    return statement


def with_slope(expression: Expression) -> Expression:
    return rebuild(expression, lambda node: Symbol("slope") if isinstance(node, Derivative) else node)


@pytest.mark.parametrize(
    "text",
    [
        "dv/dt = a - v",
        "a - v = dv/dt",
        "tau * dv/dt = a - v",
        "dv/dt * tau + v = a",
        "tau * dv/dt + v = a",
        "v + tau * dv/dt = a",
        "v = a - tau * dv/dt",
        "v - a = -tau * dv/dt",
        "-dv/dt = v",
        "dv/dt / tau = -v",
        "(tau * dv/dt + v) / 2 = a * b",
        "2 * (b - dv/dt * a) - c = u",
        "dv/dt = -v + b * dv/dt",
        "tau * dv/dt = a - v + (b + c * dv/dt) * u",
        "0 = -tau * dv/dt - (v - a)",
        "v * dv/dt = 1",
    ],
)
def test_solved_for_the_derivative(text: str) -> None:
    one = equation(text)
    solved = solve_for_derivative(one)
    assert solved is not None
    coefficient, numerator = solved
    for names in points():
        names["slope"] = evaluate(numerator, names) / evaluate(coefficient, names)
        left, right = (evaluate(with_slope(side), names) for side in (one.left, one.right))
        assert left == pytest.approx(right, rel=1e-9, abs=1e-9)


def test_what_the_user_wrote_is_what_is_computed() -> None:
    coefficient, numerator = solve_for_derivative(equation("tau * dv/dt = (a - v) / b * c")) or (None, None)
    assert coefficient == Symbol("tau")
    assert numerator == parse_expression("(a - v) / b * c", "equations")


@pytest.mark.parametrize(
    "text",
    ["exp(dv/dt) = v", "dv/dt * dv/dt = v", "v / dv/dt = 1", "(dv/dt)**2 = v", "ite(a > b, dv/dt, c) = v",
     "dv/dt > 1 = v", "dv/dt = dv/dt * dv/dt"],
)  # fmt: skip
def test_not_linear_in_the_derivative(text: str) -> None:
    assert solve_for_derivative(equation(text)) is None


@pytest.mark.parametrize(
    "text",
    [
        "a - v",
        "-v",
        "v",
        "(a - v) / tau + b * (u - v)",
        "a * (b - v) * (c + u) - v / 3",
        "(v + a)**2 - v**2",
        "v * (1 + v) - v**2 / 1",
        "(v**2 + v * a) / v",
        "a**3 * v + u**(-2) * v",
        "exp(a) * v + ite(a > b, 1, 2) * (u - v)",
        "(a**2)**0.5 * v",
        "sqrt(a**2) * v / tau",
        "(a * b)**-1 * v",
        "-(-(v - a)) / (b / c)",
        "0.1 * v + 0.2 * v + 1 / 3 * v",
        "clip(a, 0, 1) * -v",
        "a * b + exp(u)",
        "c",
    ],
)
def test_rate_of_a_linear_expression(text: str) -> None:
    expression = parse_expression(text, "equations")
    rate = linear_rate(expression, "v")
    assert rate is not None
    assert "v" not in symbols(rate)
    for names in points():
        if "**0.5" in text and names["a"] < 0 and "**2" not in text:
            continue
        found = evaluate(rate, names)
        # A straight line: the difference over any distance is the rate.
        low, high = ({**names, "v": value} for value in (0.75, 3.0))
        slope = (evaluate(expression, high) - evaluate(expression, low)) / 2.25
        assert found == pytest.approx(slope, rel=1e-9, abs=1e-9)


@pytest.mark.parametrize(
    "text",
    ["v**2", "a / v", "exp(v)", "v * u * v", "ite(v > a, a, b)", "ite(a > b, v, a)", "pos(v)", "v**a", "a**v", "v**0.5",
     "v**2 / v / 0", "v**3 / v", "fabs(v)", "v > a", "v * (a > b and v > c)"],
)  # fmt: skip
def test_no_rate_where_there_is_no_line(text: str) -> None:
    assert linear_rate(parse_expression(text, "equations"), "v") is None


def test_coefficients_keep_their_digits() -> None:
    rate = linear_rate(parse_expression("0.1 * v + 1e-300 * u", "equations"), "v")
    assert rate is not None and evaluate(rate, {}) == 0.1
    third = linear_rate(parse_expression("v / 3", "equations"), "v")
    assert third is not None and math.isclose(evaluate(third, {}), 1 / 3, rel_tol=1e-16)
