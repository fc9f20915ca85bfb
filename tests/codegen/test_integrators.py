"""One step of each method, computed from the formulas by Python, against the textbook's step."""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy import optimize

from distann.codegen.draws import Draws
from distann.codegen.integrators import integrate
from distann.codegen.ir import Let, NeuronModel, Set
from distann.codegen.nodes import Equation
from distann.codegen.resolve import with_noise
from distann.codegen.scope import Scope
from distann.codegen.statements import lowered
from distann.codegen.syntax import parse_block
from distann.errors import EquationError
from tests.reference.evaluator import execute

Vector = NDArray[np.float64]
H = 0.1
START = {"x": 1.2, "y": -0.7, "a": 0.3, "tau": 2.5, "dt": H, "t": 0.0}


def block(text: str) -> list[Equation]:
    return [statement for statement in parse_block(text, "equations") if isinstance(statement, Equation)]


def advance(text: str, default: str = "explicit", /, **start: float) -> dict[str, float]:
    state: dict[str, float] = START | start
    execute(integrate(block(text), Scope(state), default), state, {})
    return state


def slope(values: Vector) -> Vector:
    x, y = values
    return np.array([(0.3 - x * y) / 2.5, x - y**3])


COUPLED = "tau * dx/dt = a - x * y : {0}\ndy/dt = x - y**3 : {0}"


def runge_kutta(stages: list[list[float]], weights: list[float], f: Callable[[Vector], Vector]) -> Vector:
    start, slopes = np.array([1.2, -0.7]), list[Vector]()
    for row in stages:
        slopes.append(f(start + H * sum((w * k for w, k in zip(row, slopes, strict=True)), np.zeros(2))))
    return start + H * sum((w * k for w, k in zip(weights, slopes, strict=True)), np.zeros(2))


@pytest.mark.parametrize(
    ("method", "stages", "weights"),
    [
        ("explicit", [[]], [1]),
        ("midpoint", [[], [1 / 2]], [0, 1]),
        ("rk4", [[], [1 / 2], [0, 1 / 2], [0, 0, 1]], [1 / 6, 1 / 3, 1 / 3, 1 / 6]),
    ],
)
def test_runge_kutta_methods_are_coupled(method: str, stages: list[list[float]], weights: list[float]) -> None:
    found = advance(COUPLED.format(method))
    assert [found["x"], found["y"]] == pytest.approx(runge_kutta(stages, weights, slope), rel=1e-14)


@pytest.mark.parametrize(
    "text", ["tau * dx/dt = a - x", "dx/dt = (a - x) / tau", "x + tau * dx/dt - a = 0", "-dx/dt = (x - a) / tau"]
)
def test_methods_for_one_variable(text: str) -> None:
    z = -H / 2.5
    expected = {"exponential": math.exp(z), "semiimplicit": 1 / (1 - z), "explicit": 1 + z}
    for method, factor in expected.items():
        found = advance(f"{text} : {method}")["x"]
        assert found == pytest.approx(0.3 + (1.2 - 0.3) * factor, rel=1e-14), method


def test_implicit_solves_all_together() -> None:
    text = "dx/dt = -3 * x + y + a : implicit\ndy/dt = 2 * x - y + z : implicit\ntau * dz/dt = -z + x : implicit"
    found = advance(text, z=0.4)
    matrix = np.array([[-3, 1, 0], [2, -1, 1], [1 / 2.5, 0, -1 / 2.5]])
    expected = np.linalg.solve(np.eye(3) - H * matrix, np.array([1.2, -0.7, 0.4]) + H * np.array([0.3, 0, 0]))
    assert [found["x"], found["y"], found["z"]] == pytest.approx(expected, rel=1e-14)
    alone = [advance(f"tau * dx/dt = a - x : {method}")["x"] for method in ("implicit", "semiimplicit")]
    assert alone[0] == pytest.approx(alone[1], rel=1e-15)


# Equations of a block, and the same as slopes of (x, y) with a = 0.3 and tau = 2.5.
NONLINEAR: dict[str, Callable[[float, float], tuple[float, float]]] = {
    "tau * dx/dt = a - x * y; dy/dt = x - y**3": lambda x, y: ((0.3 - x * y) / 2.5, x - y**3),
    "dx/dt = -x**3; dy/dt = -tau * sinh(y)": lambda x, y: (-(x**3), -2.5 * math.sinh(y)),
    "dx/dt = exp(-x) - tanh(x * y); dy/dt = log(2 + x**2) / (1 + exp(y))": lambda x, y: (
        math.exp(-x) - math.tanh(x * y), math.log(2 + x**2) / (1 + math.exp(y))
    ),
    "dx/dt = -abs(x - y); dy/dt = pos(x) - 3 * clip(y, -0.5, 0.5)": lambda x, y: (
        -abs(x - y), max(x, 0.0) - 3 * min(max(y, -0.5), 0.5)
    ),
    "dx/dt = if x > 1.1: -5 * x else: -5.5; dy/dt = maximum(y, x) * -4 + floor(a)": lambda x, y: (
        -5 * x if x > 1.1 else -5.5, -4 * max(x, y)
    ),
    "(1 + x**2) * dx/dt = y; (2 + cos(x)) * dy/dt + y = x**2": lambda x, y: (
        y / (1 + x**2), (x**2 - y) / (2 + math.cos(x))
    ),
    "dx/dt = -200 * (x - cos(y)); dy/dt = -20 * (y - x)**3": lambda x, y: (
        -200 * (x - math.cos(y)), -20 * (y - x) ** 3
    ),
}  # fmt: skip


@pytest.mark.parametrize("text", NONLINEAR)
def test_implicit_solves_what_is_not_linear(text: str) -> None:
    def residual(new: Vector) -> Vector:
        return new - np.array([1.2, -0.7]) - H * np.array(NONLINEAR[text](*new))

    found = advance(text, "implicit")
    expected = optimize.root(residual, [1.1, -0.6], method="hybr", tol=1e-14)
    assert [found["x"], found["y"]] == pytest.approx(expected.x, rel=1e-10, abs=1e-12)
    assert residual(np.array([found["x"], found["y"]])) == pytest.approx([0.0, 0.0], abs=1e-10)


def test_implicit_where_newton_does_not_arrive() -> None:
    # x1 + 1e7 x1^3 = 1: each iteration takes x to 2/3 of itself, and eight are too few: the first iterate.
    assert advance("dx/dt = -1e8 * x**3 : implicit", x=1.0)["x"] == pytest.approx(1 - 1e7 / (1 + 3e7), rel=1e-14)
    # A neuron that spikes: the slope of exp(x) at 5 is beyond 1 / H. No solution: an explicit step.
    found = advance("dx/dt = exp(x) - x : implicit", x=5.0)["x"]
    assert found == pytest.approx(5.0 + H * (math.exp(5.0) - 5.0), rel=1e-14)
    # With a weaker slope it has two, and the true one lies ahead.
    found = advance("dx/dt = exp(x) - x : implicit", x=1.0)["x"]
    assert found == pytest.approx(optimize.brentq(lambda x: x - 1.0 - H * (math.exp(x) - x), 1.0, 1.6, xtol=1e-14))


def test_implicit_with_noise_adds_it_to_the_right_side() -> None:
    drawn = with_noise(block("dx/dt = -x**3 + 0.5 * x * xi : implicit"), ())
    model, state = NeuronModel("model", False, ()), dict(START)
    execute(lowered(drawn, model, Scope(START), Draws(), "explicit"), state, {}, lambda kind, number: 0.8)
    start = 1.2 + math.sqrt(H) * 0.5 * 1.2 * 0.8
    expected = optimize.brentq(lambda x: x - start + H * x**3, 0.0, 2.0, xtol=1e-14)
    assert state["x"] == pytest.approx(expected, rel=1e-12)


@pytest.mark.parametrize("method", ["exponential", "semiimplicit"])
def test_other_variables_are_held(method: str) -> None:
    found = advance(f"dx/dt = y - 2 * x * y : {method}\ndy/dt = x : {method}")
    z = -2 * -0.7 * H
    factor = math.exp(z) if method == "exponential" else 1 / (1 - z)
    assert found["x"] == pytest.approx(0.5 + (1.2 - 0.5) * factor, rel=1e-14)
    assert found["y"] == pytest.approx(-0.7 + H * 1.2, rel=1e-15)  # with the old x


def test_exponential_without_a_rate_is_a_sum() -> None:
    assert advance("dx/dt = a : exponential")["x"] == pytest.approx(1.2 + H * 0.3, rel=1e-15)
    assert advance("tau * dx/dt = x * 0 + y : exponential")["x"] == pytest.approx(1.2 - H * 0.7 / 2.5, rel=1e-15)


def test_one_block_uses_old_values_whatever_the_methods() -> None:
    found = advance("dx/dt = y : rk4\ndy/dt = -x : explicit\n", x=1.0, y=0.5)
    assert found["x"] == pytest.approx(1.0 + H * 0.5)
    assert found["y"] == 0.5 - H * 1.0
    swapped = advance("dx/dt = (y - x) / dt\ndy/dt = (x - y) / dt", x=1.0, y=5.0)
    assert (swapped["x"], swapped["y"]) == (5.0, 1.0)


def test_values_are_set_after_all_right_sides() -> None:
    for method in ("explicit", "exponential", "semiimplicit"):
        statements = integrate(block("dx/dt = y - x\ndy/dt = x - y"), Scope(START), method)
        kinds = [type(statement) for statement in statements]
        assert kinds == sorted(kinds, key=[Let, Set].index)
        assert [statement.name for statement in statements if isinstance(statement, Set)] == ["x", "y"]


def test_the_default_method_and_the_own_one() -> None:
    assert advance("dx/dt = -x", "exponential")["x"] == pytest.approx(1.2 * math.exp(-H), rel=1e-15)
    assert advance("dx/dt = -x : explicit", "exponential")["x"] == pytest.approx(1.2 * (1 - H), rel=1e-15)


def test_intermediate_names_hide_none_of_the_users() -> None:
    start = {"x_increment1": 3.0, "x_at_stage2": 5.0, "x_step": 7.0, "x_increment": 11.0}
    expected = 1.2 + H * ((1.2 + H / 2 * (3.0 + 5.0 - 1.2)) * -1 + 8.0)
    assert advance("dx/dt = x_increment1 + x_at_stage2 - x : midpoint", **start)["x"] == pytest.approx(expected)
    found = advance("dx/dt = x_step + x_increment - x : exponential", **start)["x"]
    assert found == pytest.approx(18.0 + (1.2 - 18.0) * math.exp(-H))


@pytest.mark.parametrize(
    ("text", "marked", "reason"),
    [
        ("dx/dt = -x**2 : exponential", "exponential", "linear in 'x'"),
        ("dx/dt = pos(x) : semiimplicit, min = 0", "semiimplicit", "linear in 'x'"),
        ("x * dx/dt = 1 : exponential", "exponential", "linear in 'x'"),
        ("dx/dt = ite(x > 0, -1, 1) : exponential", "exponential", "linear in 'x'"),
        ("exp(dx/dt) = 1", "exp(dx/dt) = 1", "solved for dx/dt"),
        ("dx/dt = y : rk4\ndy/dt = -x : midpoint", "dx/dt = y : rk4", "another method"),
        ("dx/dt = 1.0 : rk4\ndy/dt = -x : midpoint", "dy/dt = -x : midpoint", "another method"),
    ],
)
def test_refusals(text: str, marked: str, reason: str) -> None:
    with pytest.raises(EquationError) as caught:
        integrate(block(text), Scope(()))
    error = caught.value
    assert reason in error.reason
    assert error.suggestion
    assert error.text[error.column : error.column + error.length] == marked
    assert error.text == text.splitlines()[error.line - 1]
