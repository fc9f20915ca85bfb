"""Equations with white noise: each method's step, and how fast paths converge to the exact solution (strong order)."""

from __future__ import annotations

import math

import numpy as np
import pytest
from numpy.typing import NDArray

from distann.codegen.draws import Draws
from distann.codegen.ir import Equation, NeuronModel
from distann.codegen.resolve import with_noise
from distann.codegen.scope import Scope
from distann.codegen.statements import lowered
from distann.codegen.syntax import parse_block
from tests.reference.evaluator import evaluate

Array = NDArray[np.float64]


def advance(text: str, dt: float, state: dict[str, Array], normals: Array, default: str = "explicit") -> None:
    """Make one step of all paths; `normals` are one a noise and path."""
    block = [s for s in with_noise(parse_block(text, "equations"), ()) if isinstance(s, Equation)]
    values: dict[str, Array] = state | {"dt": np.float64(dt)}
    for statement in lowered(block, NeuronModel("model", False, ()), Scope(["x", "y", "dt"]), Draws(), default):
        values[statement.name] = evaluate(statement.value, values, lambda kind, n: normals[n])  # type: ignore[arg-type,return-value]
    state |= {name: values[name] for name in state}


@pytest.mark.parametrize(
    ("method", "factor", "spread"),
    [
        ("explicit", 1 - 0.05, 1.0),
        ("semiimplicit", 1 / 1.05, 1 / 1.05),
        ("exponential", math.exp(-0.05), math.sqrt((1 - math.exp(-0.1)) / 0.1)),
        ("milstein", 1 - 0.05, 1.0),
    ],
)
def test_one_step_of_an_ornstein_uhlenbeck_process(method: str, factor: float, spread: float) -> None:
    state = {"x": np.array([1.5, -2.0])}
    normals = np.array([[0.7, -1.1], [0.3, 0.2]])
    advance(f"2.0 * dx/dt = -x + 0.4 * xi - 0.1 * xi : {method}", 0.1, state, normals)
    noise = math.sqrt(0.1) / 2.0 * (0.4 * normals[0] - 0.1 * normals[1])
    np.testing.assert_allclose(state["x"], factor * np.array([1.5, -2.0]) + spread * noise, rtol=1e-14)


@pytest.mark.parametrize("default", ["rk4", "midpoint", "exact", "implicit"])
def test_a_default_method_that_admits_no_noise_gives_way(default: str) -> None:
    state = {"x": np.array([1.5])}
    advance("dx/dt = -x + xi", 0.1, state, np.array([[2.0]]), default)
    assert state["x"][0] == pytest.approx(1.5 * 0.9 + math.sqrt(0.1) * 2.0, rel=1e-15)


def strong_errors(method: str, additive: bool) -> list[float]:
    """Mean distance from the exact end of each path, with steps of 1/16 to 1/128, along the same Brownian paths."""
    paths, finest = 4000, 128
    increments = np.random.default_rng(5).normal(size=(finest, paths)) / math.sqrt(finest)
    errors = []
    for steps in (16, 32, 64, 128):
        coarse = increments.reshape(steps, -1, paths).sum(axis=1)
        state = {"x": np.ones(paths)}
        text = f"dx/dt = 0.5 * x + {'0.8' if additive else '0.8 * x'} * xi : {method}"
        for dw in coarse:
            advance(text, 1 / steps, state, dw[None] * math.sqrt(steps))
        errors.append(float(np.abs(state["x"] - exact(increments, additive)).mean()))
    return errors


def exact(increments: Array, additive: bool) -> Array:
    """Geometric Brownian motion in closed form; the Ornstein-Uhlenbeck process as the finest sum allows."""
    brownian = increments.sum(axis=0)
    if not additive:
        return np.asarray(np.exp(0.5 - 0.8**2 / 2 + 0.8 * brownian))
    times = (np.arange(len(increments)) + 0.5) / len(increments)
    return np.asarray(np.exp(0.5) + 0.8 * (np.exp(0.5 * (1 - times))[:, None] * increments).sum(axis=0))


@pytest.mark.parametrize(
    ("method", "additive", "order"),
    [("explicit", False, 0.5), ("milstein", False, 1.0), ("explicit", True, 1.0), ("milstein", True, 1.0),
     ("semiimplicit", False, 0.5)],
)  # fmt: skip
def test_strong_order(method: str, additive: bool, order: float) -> None:
    errors = strong_errors(method, additive)
    found = np.polyfit(np.log2([1 / 16, 1 / 32, 1 / 64, 1 / 128]), np.log2(errors), 1)[0]
    assert found == pytest.approx(order, abs=0.15)
