"""Equations with white noise: each method's step, and how fast paths converge to the exact solution (strong order)."""

from __future__ import annotations

import math

import numpy as np
import pytest
from numpy.typing import NDArray

from distann.codegen.draws import Draws
from distann.codegen.ir import NeuronModel
from distann.codegen.nodes import Equation
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
        ("implicit", 1 / 1.05, 1 / 1.05),
        ("midpoint", 1 - 0.05 + 0.05**2 / 2, 1 - 0.05 / 2),
        ("rk4", 1 - 0.05 + 0.05**2 / 2 - 0.05**3 / 6 + 0.05**4 / 24, 1 - 0.05 / 2 + 0.05**2 / 6 - 0.05**3 / 24),
    ],
)
def test_one_step_of_an_ornstein_uhlenbeck_process(method: str, factor: float, spread: float) -> None:
    state = {"x": np.array([1.5, -2.0])}
    normals = np.array([[0.7, -1.1], [0.3, 0.2]])
    advance(f"2.0 * dx/dt = -x + 0.4 * xi - 0.1 * xi : {method}", 0.1, state, normals)
    noise = math.sqrt(0.1) / 2.0 * (0.4 * normals[0] - 0.1 * normals[1])
    np.testing.assert_allclose(state["x"], factor * np.array([1.5, -2.0]) + spread * noise, rtol=1e-14)


def test_the_default_method_is_that_of_noisy_equations_too() -> None:
    state = {"x": np.array([1.5])}
    advance("dx/dt = -x + xi", 0.1, state, np.array([[2.0]]), "implicit")
    assert state["x"][0] == pytest.approx((1.5 + math.sqrt(0.1) * 2.0) / 1.1, rel=1e-15)


def strong_errors(method: str, additive: bool) -> list[float]:
    """Mean distance from the exact end of each path, with steps of 1/16 to 1/128, along the same Brownian paths."""
    paths, finest = 4000, 1024
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


METHODS = ("explicit", "milstein", "semiimplicit", "implicit", "midpoint", "rk4", "exponential")


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("additive", [True, False])
def test_strong_order(method: str, additive: bool) -> None:
    errors = strong_errors(method, additive)
    found = np.polyfit(np.log2([1 / 16, 1 / 32, 1 / 64, 1 / 128]), np.log2(errors), 1)[0]
    assert found == pytest.approx(1.0 if additive or method == "milstein" else 0.5, abs=0.15)


def weak_errors(method: str) -> Array:
    """Distance of E[x] and E[x^2] from those of the exact solution after a time of 1, with 16, 32, 64 and 128 steps.

    A step of ``dx/dt = a x + b x xi`` multiplies x by a factor that depends on the deviate alone: the expectation of
    its powers is a sum over the nodes of Gauss and Hermite.
    """
    a, b, steps = -2.0, 1.2, np.array([16, 32, 64, 128])
    nodes, weights = np.polynomial.hermite_e.hermegauss(20)
    moments = []
    for dt in 1 / steps:
        state = {"x": np.ones(20)}
        advance(f"dx/dt = {a} * x + {b} * x * xi : {method}", dt, state, nodes[None])
        moments.append([weights @ state["x"] ** power / weights.sum() for power in (1, 2)])
    exact = np.exp([a, 2 * a + b**2])
    return np.asarray(np.abs(np.array(moments) ** steps[:, None] - exact).T)


@pytest.mark.parametrize("method", METHODS)
def test_weak_order(method: str) -> None:
    mean, square = weak_errors(method)
    # The mean follows the drift alone, which the stages of Runge and Kutta and the exponential know better.
    order = {"midpoint": 2, "rk4": 4}.get(method, 1)
    if method == "exponential":
        assert mean.max() < 1e-13
    else:
        assert np.log2(mean[:-1] / mean[1:]) == pytest.approx(order, abs=0.15)
    assert np.log2(square[-2] / square[-1]) == pytest.approx(1, abs=0.15)
