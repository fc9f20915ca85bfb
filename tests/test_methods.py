"""Order of convergence of every method, on linear, coupled and non-linear equations; all in one library."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from scipy.integrate import solve_ivp
from scipy.optimize import brentq, root

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
    equations = [*LINEAR, *COUPLED, *PRODUCT]
    equations += LOGISTIC if method in ("explicit", "implicit", "midpoint", "rk4") else ()
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
EXCLUDED = {("exponential", "linear"), ("exponential", "logistic"), ("semiimplicit", "logistic")}
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


# An oscillator of van der Pol whose time constants differ 1000-fold; a variable that follows another fast.
STIFF = """
    dx/dt = y : {0}, init = 2.0
    dy/dt = 1000.0 * ((1.0 - x**2) * y - x) : {0}, init = -0.66
    dq/dt = -4000.0 * sinh(q - cos(t)) : {0}, init = 1.5
    r = sum(exc)
"""
DT = 0.0008


@pytest.fixture(scope="module")
def relaxation() -> dict[str, dict[str, Any]]:
    """Records by implicit and by explicit, and of a synapse that follows the first."""
    net = distann.Network(dt=DT, seed=1)
    methods = ("implicit", "explicit")
    populations = [net.create(1, distann.Neuron(equations=STIFF.format(method), name=method)) for method in methods]
    rule = distann.Synapse(equations="dw/dt = -4000.0 * sinh(w - pre.x) : implicit")
    records = [net.monitor(population, ["x", "y", "q"]) for population in populations]
    records.append(net.monitor(net.connect(*populations, "exc", rule).all_to_all(1.5), "w"))
    net.compile()
    net.simulate(3.2)
    return {
        key: {name: np.ravel(values) for name, values in record.get(force_dict=True).items()}
        for key, record in zip((*methods, "synapse"), records, strict=True)
    }


def test_implicit_stays_on_the_way_of_stiff_equations(relaxation: dict[str, dict[str, Any]]) -> None:
    implicit, explicit = relaxation["implicit"], relaxation["explicit"]
    for name in ("y", "q"):
        assert not np.abs(explicit[name]).max() < 1e6
    exact = solve_ivp(
        lambda t, v: [v[1], 1000 * ((1 - v[0] ** 2) * v[1] - v[0])], (0, 0.75), [2.0, -0.66], "Radau",
        t_eval=DT * np.arange(1, 901), rtol=1e-9, atol=1e-9,
    )  # fmt: skip
    np.testing.assert_allclose(implicit["x"][:900], exact.y[0], rtol=2e-3)  # until it jumps
    assert np.abs(implicit["x"]).max() < 6.0
    assert np.count_nonzero(np.diff(np.sign(implicit["x"]))) == 2
    times = DT * np.arange(50, 4000)
    np.testing.assert_allclose(implicit["q"][50:], np.cos(times), atol=1e-3)


def test_implicit_is_the_root_of_its_equation(relaxation: dict[str, dict[str, Any]]) -> None:
    x, y, q = relaxation["implicit"].values()
    w = relaxation["synapse"]["w"]

    def residual(new: Any, n: int) -> list[float]:
        return [new[0] - x[n] - DT * new[1], new[1] - y[n] - DT * 1000 * ((1 - new[0] ** 2) * new[1] - new[0])]

    def one(old: float, towards: float) -> float:
        return float(brentq(lambda new: new - old + DT * 4000 * np.sinh(new - towards), -9.0, 9.0, xtol=1e-15))

    for n in range(0, 3999, 37):
        solved = root(residual, [x[n], y[n]], n, tol=1e-14).x
        assert [x[n + 1], y[n + 1]] == pytest.approx(solved, rel=1e-10), n
        for values, towards in ((q, np.cos((n + 1) * DT)), (w, x[n + 1])):
            assert values[n + 1] == pytest.approx(one(values[n], towards), rel=1e-10, abs=1e-14), n


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
