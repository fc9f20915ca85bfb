"""Order of convergence of every method, on linear, coupled and non-linear equations; all in one library."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from scipy.integrate import solve_ivp

import distann

METHODS = ("explicit", "exponential", "semiimplicit", "implicit", "midpoint", "rk4")
DURATION = 2.0
STEPS = (0.05, 0.025, 0.0125)

# Linear; an oscillator; linear in each variable, but the product of two makes the whole non-linear.
LINEAR = ("tau * dx/dt + x = 0.3", "2.0 * dx_/dt = 1.0 - 3.0 * x_")
COUPLED = ("dy/dt = z", "dz/dt = -y")
PRODUCT = ("dm/dt = (1.0 - m) * k**2 - 0.5 * m", "dk/dt = m - k * m")
LOGISTIC = ("dq/dt = q * (1.0 - q)",)
PROBLEMS = {"linear": ("x", "x_"), "oscillator": ("y", "z"), "product": ("m", "k"), "logistic": ("q",)}
START = {"x": 2.0, "x_": -1.0, "y": 1.0, "z": 0.5, "m": 0.1, "k": 1.8, "q": 0.2}


def neuron(method: str) -> distann.Neuron:
    """All equations in one block: those that the method admits."""
    equations = [*LINEAR, *COUPLED]
    equations += PRODUCT if method != "implicit" else ()
    equations += LOGISTIC if method in ("explicit", "midpoint", "rk4") else ()
    return distann.Neuron(
        parameters="tau = 1.5 : population",
        equations=[f"{equation} : {method}" for equation in equations] + ["r = 0.0"],
        name=method,
    )


def slope(t: float, values: Any) -> list[float]:
    x, x_, y, z, m, k, q = values
    return [
        (0.3 - x) / 1.5, (1 - 3 * x_) / 2, z, -y, (1 - m) * k**2 - 0.5 * m, m - k * m, q * (1 - q),
    ]  # fmt: skip


def run(dt: float, duration: float = DURATION) -> dict[str, dict[str, float]]:
    net = distann.Network(dt=dt, seed=1)
    populations = {method: net.create(1, neuron(method)) for method in METHODS}
    for population in populations.values():
        population.set({name: value for name, value in START.items() if name in population.attributes})
    net.compile()
    net.simulate(duration)
    return {
        method: {name: float(population.get(name)[0]) for name in START if name in population.attributes}
        for method, population in populations.items()
    }


@pytest.fixture(scope="module")
def errors() -> dict[tuple[str, str], list[float]]:
    """Of each method and problem: the errors of three runs, each with half the step of the one before."""
    exact = solve_ivp(slope, (0, DURATION), list(START.values()), "DOP853", rtol=1e-13, atol=1e-14).y[:, -1]
    expected = dict(zip(START, exact, strict=True))
    runs = [run(dt) for dt in STEPS]
    return {
        (method, problem): [float(np.linalg.norm([found[method][n] - expected[n] for n in names])) for found in runs]
        for method in METHODS
        for problem, names in PROBLEMS.items()
        if names[0] in runs[0][method]
    }


ORDERS = {"implicit": 1, "explicit": 1, "exponential": 1, "semiimplicit": 1, "midpoint": 2, "rk4": 4}
EXCLUDED = {
    ("exponential", "linear"), ("exponential", "logistic"), ("semiimplicit", "logistic"), ("implicit", "logistic"),
    ("implicit", "product"),
}  # fmt: skip
CASES = [
    (method, problem)
    for method in METHODS
    for problem in PROBLEMS
    if (method, problem) not in EXCLUDED
]


@pytest.mark.parametrize(("method", "problem"), CASES)
def test_order_of_convergence(errors: dict[tuple[str, str], list[float]], method: str, problem: str) -> None:
    coarse, half, quarter = errors[method, problem]
    assert np.log2(coarse / half) == pytest.approx(ORDERS[method], abs=0.2)
    assert np.log2(half / quarter) == pytest.approx(ORDERS[method], abs=0.1)


def test_exponential_is_exact_on_a_linear_equation(errors: dict[tuple[str, str], list[float]]) -> None:
    assert max(errors["exponential", "linear"]) < 1e-13


def test_methods_with_the_analytic_factor_of_one_step() -> None:
    # x' = -x/tau + c in one step of dt: x1 - s = R(-dt/tau) (x0 - s), with the stability function R of the method.
    dt, found = 0.5, run(0.5, 0.5)
    z = -dt / 1.5
    factors = {
        "explicit": 1 + z, "exponential": np.exp(z), "semiimplicit": 1 / (1 - z), "midpoint": 1 + z + z**2 / 2,
        "rk4": 1 + z + z**2 / 2 + z**3 / 6 + z**4 / 24,
    }  # fmt: skip
    for method, factor in factors.items():
        assert found[method]["x"] == pytest.approx(0.3 + factor * (2.0 - 0.3), rel=1e-14), method


@pytest.mark.filterwarnings("ignore:population")  # of the steps that this test makes on purpose
def test_a_stiff_equation_stays_stable_where_it_should() -> None:
    # tau = 1.5 and a step of 6: |R| is 3 for explicit, but less than 1 for the two methods that are made for this.
    found = run(6.0, 600.0)
    assert abs(found["explicit"]["x"]) > 1e6
    assert found["exponential"]["x"] == pytest.approx(0.3, rel=1e-12)
    assert found["semiimplicit"]["x"] == pytest.approx(0.3, rel=1e-12)


def test_the_method_of_the_network_is_for_equations_without_one() -> None:
    found = {}
    for method in ("explicit", "exponential"):
        net = distann.Network(dt=1.0, seed=1)
        net.config(method=method)
        population = net.create(1, distann.Neuron(equations="dx/dt = -x : init = 1.0\nr = x"))
        net.compile()
        net.simulate(1.0)
        found[method] = population.x[0]
    assert found == {"explicit": 0.0, "exponential": pytest.approx(np.exp(-1.0), rel=1e-14)}
