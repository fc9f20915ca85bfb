"""Steps that are too long for explicit methods are warned about once, before anything runs."""

from __future__ import annotations

import warnings
from typing import Any

import numpy as np
import pytest

from distann import Network, Neuron
from distann.runtime.stability import warn_of_long_steps


def warned(equations: str, dt: float = 1.0, method: str = "explicit", **values: Any) -> list[str]:
    neuron = Neuron(parameters="tau = 10.0 : population\nown = 10.0\nk = 1.0", equations=equations + "\nr = 1.0")
    population = Network(dt=dt).create(3, neuron, name=f"p{np.random.default_rng().integers(2**62)}")
    population.set(values)
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        warn_of_long_steps(population._state, dt, method)
    return [str(warning.message) for warning in caught]


@pytest.mark.parametrize(
    ("equations", "values", "unstable"),
    [
        ("tau * dv/dt = -v + k", {"tau": 0.51}, False), ("tau * dv/dt = -v + k", {"tau": 0.49}, True),
        ("tau * dv/dt + v = k", {"tau": 0.4}, True), ("dv/dt = (k - v) / own", {"own": [1.0, 0.4, 5.0]}, True),
        ("dv/dt = -v * exp(k)", {"k": 1.0}, True), ("dv/dt = v * k", {"k": 5.0}, False),  # it grows, as it should
        ("tau * dv/dt = -v : exponential", {"tau": 0.1}, False), ("tau * dv/dt = -v : rk4", {"tau": 0.4}, False),
        ("tau * dv/dt = -v : rk4", {"tau": 0.3}, True), ("tau * dv/dt = -v**2", {"tau": 0.1}, False),
        ("tau * dv/dt = -v * Uniform(0, 1)", {"tau": 0.1}, False), ("dv/dt = -v * mean(v)", {}, False),
    ],
)  # fmt: skip
def test_which_equations_are_warned_about(equations: str, values: dict[str, Any], unstable: bool) -> None:
    assert bool(warned(equations, **values)) == unstable


def test_what_is_said() -> None:
    (text,) = warned("tau * dv/dt = -v", dt=0.5, tau=0.1)
    assert "the step dt = 0.5 ms is 5 time constants of 'v' in 'tau * dv/dt = -v'" in text
    assert "write ': exponential' behind the equation, or choose a smaller dt" in text


def test_the_default_method_counts() -> None:
    assert not warned("tau * dv/dt = -v", method="exponential", tau=0.1)


def test_compile_warns_and_goes_on() -> None:
    net = Network(dt=1.0)
    net.create(1, Neuron(equations="0.2 * dr/dt = 1.0 - r"), name="quick")
    with pytest.warns(UserWarning, match="population 'quick': the step"):
        net.compile()
