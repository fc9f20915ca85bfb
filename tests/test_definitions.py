"""Constants, functions, operations over the population, sums of all targets: through the network, on any ranks."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest

import distann
from distann import Constant, Network, Neuron, Parameter, Synapse
from distann.errors import ConfigurationError, EquationError

CELL = Neuron(
    parameters="tau = 10.0 : population\nv_0 = 0.0",
    equations="""
        middle = mean(v) : population
        spread = max(v) - min(v) + 0.0 * middle
        length = norm2(v)
        dv/dt = (drive * square(sum()) - v) / tau + 0.01 * norm1(v) : init = v_0
        heard = sum(one)
        r = twice(pos(v), 1.0)
    """,
    functions="twice(x, y) = 2 * x * y",
    name="Cell",
)
WEIGHTED = Synapse(psp="drive * w * square(pre.r)")
SIZE = 37


@pytest.fixture(autouse=True)
def functions() -> Iterator[None]:
    distann.clear()
    distann.add_function("square(x) = x**2")
    yield
    distann.clear()


def network(dtype: str = "float64") -> tuple[Network, distann.Population, Constant]:
    net = Network(dt=0.5, seed=4)
    net.config(dtype=dtype)
    drive = net.constant("drive", 0.25)
    cells = net.create(SIZE, CELL, name="cells")
    cells.v_0 = np.linspace(-1.0, 2.0, SIZE)
    for target, weight in (("one", 0.01), ("two", 0.02)):
        net.connect(cells, cells, target, WEIGHTED).one_to_one(weight)
    return net, cells, drive


def slow(steps: int, change: int = 10**9) -> dict[str, Any]:
    """The same by hand."""
    v, r, drive = np.linspace(-1.0, 2.0, SIZE), np.zeros(SIZE), 0.25
    values: dict[str, Any] = {}
    for step in range(steps):
        drive = 3.0 if step >= change else drive
        one, two = drive * 0.01 * r**2, drive * 0.02 * r**2
        values = {"middle": v.mean(), "spread": np.full(SIZE, v.max() - v.min()), "heard": one}
        values["length"] = np.full(SIZE, np.sqrt((v**2).sum()))
        v = v + 0.5 * ((drive * (one + two) ** 2 - v) / 10.0 + 0.01 * np.abs(v).sum())
        r = 2 * np.maximum(v, 0.0)
    return values | {"v": v, "r": r}


def test_against_the_same_by_hand() -> None:
    net, cells, drive = network()
    net.compile()
    net.simulate(10 * 0.5)
    for name, expected in slow(10).items():
        np.testing.assert_allclose(cells.get(name), expected, rtol=1e-12, err_msg=name)
    drive.set(3.0)
    net.simulate(6 * 0.5)
    for name, expected in slow(16, change=10).items():
        np.testing.assert_allclose(cells.get(name), expected, rtol=1e-12, err_msg=name)
    net.reset()
    assert cells.middle == 0.0 and drive.value == 3.0
    net.simulate(6 * 0.5)
    np.testing.assert_allclose(cells.v, slow(6, change=0)["v"], rtol=1e-12)


def test_the_sum_of_all_targets_and_two_targets_at_once() -> None:
    net = Network(seed=1)
    heard = net.create(3, Neuron(equations="all = sum()\nr = 1.0"))
    net.connect(heard, heard, ["a", "b"]).one_to_one(2.0)
    net.connect(heard, heard, "c").all_to_all(1.0, allow_self_connections=True)
    net.compile()
    net.simulate(2.0)
    assert heard.get("all").tolist() == [7.0, 7.0, 7.0]
    assert heard.sum("").tolist() == [7.0, 7.0, 7.0]


# ---- constants ------------------------------------------------------------------------------------------------------


def test_a_constant_computes_like_a_number() -> None:
    c = Constant("c", 2.0)
    assert (c + 1, 1 - c, c / 4, 3 * c, c**2, 2**c, -c, abs(c), c > 1, c == 2.0) == (
        3, -1, 0.5, 6, 4, 4, -2, 2, True, True,
    )  # fmt: skip
    c.set(5.0)
    assert float(c) == c.value == 5.0 and math.sqrt(c) == math.sqrt(5.0) and f"{c:.2f}" == "5.00"
    assert np.add(c, [1.0, 2.0]).tolist() == [6.0, 7.0] and bool(c) and int(c) == 5
    assert repr(c) == "Constant('c', 5.0)" and c in {c}


def test_constants_as_initial_values_and_as_parameters() -> None:
    Constant("start", 3.0)
    gain = Constant("gain", 1.5)
    neuron = Neuron(parameters={"k": Parameter(gain), "p": "start * 2"}, equations="r = k : init = start")
    population = distann.Population(2, neuron)
    assert (population.k, population.p, population.r.tolist()) == (1.5, 6.0, [3.0, 3.0])
    assert population.parameters == ["k", "p"]
    with pytest.raises(AttributeError):
        population.start  # noqa: B018


def test_a_name_of_the_models_own_hides_a_constant() -> None:
    Constant("k", 3.0)
    population = distann.Population(1, Neuron(parameters="k = 1.0", equations="r = k"))
    distann.compile()
    distann.simulate(1.0)
    assert population.r[0] == 1.0


@pytest.mark.parametrize(
    ("name", "value", "says"),
    [("t", 1.0, "reserved"), ("a b", 1.0, "letters"), ("c", "x", "finite number"), ("exp", 1.0, "reserved"),
     ("c", math.nan, "finite number"), (3, 1.0, "letters"), ("taken", 1.0, "already")],
)  # fmt: skip
def test_constants_that_are_none(name: Any, value: Any, says: str) -> None:
    Constant("taken", 1.0)
    with pytest.raises(ConfigurationError, match=says):
        Constant(name, value)


def test_constants_of_a_network() -> None:
    net = Network()
    net.constant("a", 1.0)
    b = net.constant("b", 2.0)
    assert net.get_constant("b") is b and [c.name for c in net.get_constants()] == ["a", "b"]
    with pytest.raises(ConfigurationError, match="there is no constant 'bb'; did you mean 'b'"):
        net.get_constant("bb")
    with pytest.raises(EquationError, match="unknown name 'a'"):
        Network().create(1, Neuron(equations="r = a"))


# ---- functions ------------------------------------------------------------------------------------------------------


def test_functions_compute_arrays() -> None:
    _, cells, _ = network()
    assert cells.functions == ["twice"]
    assert cells.twice([1.0, 2.0], 3.0).tolist() == [6.0, 12.0]
    assert distann.functions("square")(np.arange(6).reshape(2, 3)).tolist() == [[0, 1, 4], [9, 16, 25]]
    assert distann.functions("square")(3) == 9.0
    Constant("k", 2.0)
    distann.add_function("g(x) = if x > k: k * square(x) else: -1")
    assert distann.functions("g")([1.0, 3.0]).tolist() == [-1.0, 18.0]


@pytest.mark.parametrize(
    ("call", "says"),
    [
        (lambda: distann.functions("squar"), "did you mean 'square'"),
        (lambda: distann.functions("square")(1, 2), "takes 1 arguments, not 2"),
        (lambda: distann.add_function("square(y) = y"), "already"),
        (lambda: distann.add_function(""), "a function is a text"),
    ],
)
def test_functions_that_are_none(call: Any, says: str) -> None:
    with pytest.raises(ConfigurationError, match=says):
        call()


def test_functions_take_arrays_that_fit() -> None:
    distann.add_function("f(x, y) = x + y")
    with pytest.raises(ConfigurationError, match="equal shapes"):
        distann.functions("f")([1, 2], [1, 2, 3])


# ---- synapses -------------------------------------------------------------------------------------------------------


def test_synapses_have_functions_noise_and_extra_values() -> None:
    net = Network(dt=0.5, seed=6)
    cells = net.create(60, Neuron(equations="r = 1.0"))
    synapse = Synapse(
        parameters="tau = 'slow' : projection",
        equations="tau * dx/dt = shifted(x) + xi : exponential\ndy/dt = -y + 1.0 : implicit",
        functions="shifted(a) = 3.0 - a",
        extra_values={"slow": 2.0},
    )
    heard = net.create(60, Neuron(equations="r = sum(exc)"))
    projection = net.connect(cells, heard, "exc", synapse)
    projection.all_to_all(1.0)
    net.compile()
    net.simulate(100.0)
    values = np.concatenate(list(projection.x))
    # The stationary Ornstein-Uhlenbeck process: variance (1 / tau)**2 / (2 / tau).
    assert values.mean() == pytest.approx(3.0, abs=4 * 0.5 / 60) and values.var() == pytest.approx(0.25, rel=0.1)
    assert np.allclose(np.concatenate(list(projection.y)), 1.0)
