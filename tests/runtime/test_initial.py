"""Initial values are expressions; numpy computes what Python does."""

from __future__ import annotations

import math

import numpy as np
import pytest

from distann.codegen.syntax import parse_expression
from distann.model import Uniform
from distann.runtime.initial import Value, evaluate

NAMES: dict[str, Value] = {"a": 2.0, "b": np.array([1.0, -3.0, 0.5]), "dt": 0.1}
EXPRESSIONS = {
    "a * b + 1.0 / 3.0": lambda a, b: a * b + 1.0 / 3.0,
    "-b**2 - a": lambda a, b: -(b**2) - a,
    "a^3": lambda a, b: 8.0,
    "exp(-a) + sqrt(a) + log(a) + tanh(b)": lambda a, b: math.exp(-a) + math.sqrt(a) + math.log(a) + math.tanh(b),
    "pos(b) + 10.0 * neg(b)": lambda a, b: max(b, 0.0) + 10.0 * max(-b, 0.0),
    "clip(b, -1.0, 0.75)": lambda a, b: min(max(b, -1.0), 0.75),
    "power(b, 3)": lambda a, b: b**3,
    "modulo(7, 4) + round(b)": lambda a, b: 3.0 + math.copysign(math.floor(abs(b) + 0.5), b),
    "ite(b > 0.0 and not (a < 1.0), a, b)": lambda a, b: a if b > 0.0 else b,
    "if b < 0.0 or b == 1.0: 5.0 else: -5.0": lambda a, b: 5.0 if b < 0.0 or b == 1.0 else -5.0,
    "atan2(b, a) + asin(0.5) + fabs(b)": lambda a, b: math.atan2(b, a) + math.asin(0.5) + abs(b),
    "maximum(a, b) - minimum(a, b)": lambda a, b: max(a, b) - min(a, b),
    "2.0 * pi * dt": lambda a, b: 2.0 * math.pi * 0.1,
    "floor(b) + ceil(b) + expm1(b) + log1p(a) + sign(b)": lambda a, b: (
        math.floor(b) + math.ceil(b) + math.expm1(b) + math.log1p(a) + math.copysign(1.0, b)
    ),
}


@pytest.mark.parametrize("text", EXPRESSIONS)
def test_value(text: str) -> None:
    found = evaluate(parse_expression(text, "init"), NAMES.__getitem__, 3, np.random.default_rng(1))
    b = NAMES["b"]
    assert isinstance(b, np.ndarray)
    expected = [EXPRESSIONS[text](2.0, float(x)) for x in b]
    assert np.allclose(np.broadcast_to(found, 3), expected, rtol=1e-15, atol=0.0)


def test_distributions_draw_one_number_for_each_neuron() -> None:
    expression = parse_expression("a + Uniform(a, 4.0)", "init")
    first, again = (evaluate(expression, NAMES.__getitem__, 5, np.random.default_rng(3)) for _ in range(2))
    assert np.array_equal(first, again)
    assert np.array_equal(first, 2.0 + Uniform(2.0, 4.0).get_values(5, np.random.default_rng(3)))
