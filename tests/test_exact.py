"""The method ``exact``: the propagator of a block of linear equations, against the matrix exponential of scipy."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.linalg import expm

from distann import EquationError, Network, Neuron

DT, STEPS = 0.1, 200

CURRENT = Neuron(
    parameters="""
        tau_m = 10.0 : population
        tau_exc = 0.5 : population
        tau_inh = 10.0 : population
        C = 250.0 : population
        drive = 100.0
    """,
    equations="""
        tau_m * dv/dt = -65.0 - v + tau_m / C * (g_exc + g_inh + drive) : exact
        tau_exc * dg_exc/dt = -g_exc : exact
        tau_inh * dg_inh/dt = -g_inh : exact
    """,
    spike="v > 1000.0",
    name="current",
)
# An oscillator with a parameter of each neuron; a chain of three; stiff beside slow.
OSCILLATOR = Neuron(
    parameters="a = 0.3",
    equations="dx/dt = -a * x + 2.0 * y : exact\ndy/dt = -x - 0.1 * y + 1.0 : exact\nr = x",
    name="oscillator",
)
CHAIN = Neuron(
    parameters="tau = 2.0 : population",
    equations="""
        tau * dx/dt = y - x : exact
        tau * dy/dt = z - y : exact
        dz/dt = 0.3 - z : exact
        0.0001 * du/dt = x - u : exact
        r = u
    """,
    name="chain",
)


def affine(matrix: list[list[float]], constant: list[float], start: list[float], time: float) -> np.ndarray:
    """Solve x' = A x + b by the exponential of the matrix that has b as one more column."""
    size = len(matrix)
    whole = np.zeros((size + 1, size + 1))
    whole[:size, :size], whole[:size, size] = matrix, constant
    return (expm(whole * time) @ [*start, 1.0])[:size]


@pytest.fixture(scope="module", params=["float64", "float32"])
def values(request: pytest.FixtureRequest) -> tuple[dict[str, np.ndarray], float]:
    """Of all variables after 200 steps, and how exact they should be."""
    net = Network(dt=DT, seed=1)
    net.config(dtype=request.param)
    current, oscillator, chain = net.create(3, CURRENT), net.create(3, OSCILLATOR), net.create(3, CHAIN)
    current.set({"v": -60.0, "g_exc": 500.0, "g_inh": -20.0})
    oscillator.set({"a": [0.3, 0.0, 1.0], "x": 1.0, "y": 0.5})
    chain.set({"x": 1.0, "y": -2.0, "z": 4.0, "u": 3.0})
    net.compile()
    net.simulate(STEPS * DT)
    found = {"current": np.array([current.v, current.g_exc, current.g_inh])}
    found |= {"oscillator": np.array([oscillator.x, oscillator.y])}
    found |= {"chain": np.array([chain.x, chain.y, chain.z, chain.u])}
    return found, 1e-12 if request.param == "float64" else 1e-4


def test_equal_time_constants_and_unequal_ones(values: tuple[dict[str, np.ndarray], float]) -> None:
    matrix = [[-0.1, 1 / 250, 1 / 250], [0, -2, 0], [0, 0, -0.1]]
    expected = affine(matrix, [-6.5 + 0.4, 0, 0], [-60.0, 500.0, -20.0], STEPS * DT)
    np.testing.assert_allclose(values[0]["current"][:, 0], expected, rtol=values[1], atol=1e-12)


@pytest.mark.parametrize("neuron", [0, 1, 2])
def test_a_system_without_an_order(values: tuple[dict[str, np.ndarray], float], neuron: int) -> None:
    a = [0.3, 0.0, 1.0][neuron]
    expected = affine([[-a, 2.0], [-1.0, -0.1]], [0.0, 1.0], [1.0, 0.5], STEPS * DT)
    np.testing.assert_allclose(values[0]["oscillator"][:, neuron], expected, rtol=0, atol=10 * values[1])


def test_what_is_reached_through_others(values: tuple[dict[str, np.ndarray], float]) -> None:
    matrix = [[-0.5, 0.5, 0, 0], [0, -0.5, 0.5, 0], [0, 0, -1, 0], [1e4, 0, 0, -1e4]]
    expected = affine(matrix, [0, 0, 0.3, 0], [1.0, -2.0, 4.0, 3.0], STEPS * DT)
    np.testing.assert_allclose(values[0]["chain"][:, 0], expected, rtol=100 * values[1])


@pytest.mark.parametrize(
    "equations",
    [
        "dv/dt = -v * u : exact\ndu/dt = -u : exact\nr = v",
        "dv/dt = v**2 : exact\nr = v",
        "u * dv/dt = 1.0 - v : exact\ndu/dt = -u : exact\nr = v",
        "dv/dt = exp(-v) : exact\nr = v",
    ],
)
def test_what_is_not_linear_is_refused(equations: str) -> None:
    net = Network(dt=DT)
    net.create(1, Neuron(equations=equations))
    with pytest.raises(EquationError, match="'exact' needs an equation that is linear in"):
        net.compile()


def test_a_refractory_neuron_keeps_its_potential_while_its_currents_decay() -> None:
    net = Network(dt=DT, seed=1)
    neuron = Neuron(
        equations="10.0 * dv/dt = g_exc - v : exact\n2.0 * dg_exc/dt = -g_exc : exact",
        spike="v > 1.0", reset="v = 0.5", refractory=1.0, name="refractory",
    )  # fmt: skip
    pop = net.create(1, neuron)
    pop.v, pop.g_exc = 2.0, 8.0
    net.compile()
    net.simulate(0.6)
    assert pop.v[0] == 0.5
    assert pop.g_exc[0] == pytest.approx(8.0 * np.exp(-0.3), rel=1e-13)
