"""Networks: structure, clock, options, and that several in one process do not know of each other."""

from __future__ import annotations

import math
import warnings
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from distann import (
    ConfigurationError,
    Izhikevich,
    Network,
    NotCompiledError,
    PoissonPopulation,
    Population,
    Uniform,
    UnsupportedError,
    clear,
    magic_network,
    setup,
)
from tests.toys import CELL, RAMP, cells

# The toys have targets that a test does not use.
pytestmark = pytest.mark.filterwarnings("ignore:population .* reads")


# ---- clock ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("duration", "dt", "steps"),
    [
        (0.0, 1.0, 0), (1.0, 1.0, 1), (0.25, 0.1, 3), (0.3, 0.1, 3), (0.7, 0.1, 7), (1.1, 0.1, 11), (1e3, 0.1, 10000),
        (0.1, 1.0, 1), (2.5, 1.0, 3), (5, 2.0, 3), (1e-12, 1.0, 0), (np.float32(3.0), 1.0, 3), (np.int64(4), 1.0, 4),
    ],
)  # fmt: skip
def test_durations_are_rounded_up(duration: Any, dt: float, steps: int) -> None:
    net, _ = cells(1, dt=dt)
    net.compile()
    net.simulate(duration)
    assert net.current_step == steps == math.ceil(duration / dt - 1e-9)
    assert net.time == steps * dt


@pytest.mark.parametrize("duration", [-1.0, float("nan"), float("inf"), "10", None, [1.0], True])
def test_wrong_durations(duration: Any) -> None:
    net, _ = cells(1)
    net.compile()
    with pytest.raises(ConfigurationError, match="a duration is a number of ms, 0 or more"):
        net.simulate(duration)


def test_step_and_clock() -> None:
    net, pop = cells(1, dt=0.5)
    assert (net.time, net.current_step, net.compiled, net.dt) == (0.0, 0, False, 0.5)
    net.compile()
    net.step()
    net.step()
    assert (net.time, net.current_step, net.compiled) == (1.0, 2, True) and pop.total == 0.5


def test_one_simulate_is_as_good_as_many() -> None:
    def run(durations: list[float]) -> list[np.ndarray]:
        net = Network(dt=0.5, seed=3)
        pop = net.create(30, Izhikevich(noise=5.0, i_offset=5.0))
        net.connect(pop, pop, "exc").fixed_probability(0.3, Uniform(0.0, 10.0), delays=2.0)
        monitor = net.monitor(pop, ["spike", "v"])
        net.compile()
        for duration in durations:
            net.simulate(duration)
        spikes = monitor.get("spike")
        assert len(spikes.ids) > 20
        return [spikes.ids, spikes.times, monitor.get("v")]

    whole = run([100.0])
    for parts in ([1.0] * 100, [0.5, 99.5], [37.0, 0.0, 63.0]):
        assert all(np.array_equal(a, b) for a, b in zip(run(parts), whole, strict=True))


def test_measuring_time_reports(capsys: pytest.CaptureFixture[str]) -> None:
    net, _ = cells(1)
    net.compile()
    net.simulate(2000.0, measure_time=True)
    assert capsys.readouterr().out.startswith("Simulated 2 s of the network in ")


@pytest.mark.parametrize("action", [Network.step, Network.reset, lambda net: net.simulate(1.0)])
def test_use_before_compile(action: Any) -> None:
    net, _ = cells(1)
    with pytest.raises(NotCompiledError, match="call compile\\(\\) first"):
        action(net)


# ---- structure --------------------------------------------------------------------------------------------------


def test_populations_by_name() -> None:
    net, pop = cells(1)
    assert net.get_population("cells") is pop
    with pytest.raises(ConfigurationError, match="there is no population 'cell'; did you mean 'cells'"):
        net.get_population("cell")


@pytest.mark.parametrize("arguments", [{}, {"geometry": 3}, {"neuron": CELL}])
def test_create_needs_a_geometry_and_a_neuron(arguments: dict[str, Any]) -> None:
    with pytest.raises(ConfigurationError, match="a geometry and a neuron"):
        Network(seed=1).create(**arguments)


def test_nothing_to_compile() -> None:
    with pytest.raises(ConfigurationError, match="the network has no population"):
        Network(seed=1).compile()


def test_structure_is_final_after_compile() -> None:
    net, pop = cells(2)
    net.compile()
    with pytest.raises(ConfigurationError, match="create every population before compile"):
        net.create(3, CELL)
    with pytest.raises(ConfigurationError, match="create every projection before compile"):
        net.connect(pop, pop, "exc").one_to_one()
    with pytest.raises(ConfigurationError, match="set its options before compile"):
        net.config(num_threads=1)


def test_a_second_compile_is_passed_over() -> None:
    net, _ = cells(1)
    net.compile()
    net.step()
    with pytest.warns(UserWarning, match="the second compile\\(\\) is passed over"):
        net.compile()
    assert net.current_step == 1


def test_the_source_is_kept_on_request(tmp_path: Path) -> None:
    net, _ = cells(1)
    net.compile(directory=str(tmp_path / "generated"))
    assert "Cell" in "".join(path.read_text() for path in (tmp_path / "generated").glob("*.cpp"))


def test_neuron_from_a_class_with_its_defaults() -> None:
    pop = Network(seed=1).create(3, Izhikevich)
    assert pop.neuron_type == Izhikevich()


# ---- options ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("dt", 0.0), ("dt", -0.1), ("dt", float("nan")), ("dt", "small"), ("dt", None), ("dt", True), ("seed", -1),
        ("seed", 1.5), ("seed", "x"), ("seed", 2**64), ("num_threads", 0), ("num_threads", 2.0), ("num_threads", True),
        ("dtype", "float16"), ("dtype", "real"), ("dtype", int), ("method", "euler"), ("precision", "float"),
    ],
)  # fmt: skip
def test_wrong_options(name: str, value: Any) -> None:
    with pytest.raises(ConfigurationError, match=name):
        Network(seed=1).config(**{name: value})


def test_options_that_are_not_supported() -> None:
    with pytest.raises(UnsupportedError, match="paradigm='cuda' is not supported"):
        Network(seed=1).config(paradigm="cuda")


def test_unknown_option_is_warned_about() -> None:
    with pytest.warns(UserWarning, match="there is no option 'num_thread'; did you mean 'num_threads'"):
        Network(seed=1).config(num_thread=2)


def test_performance_options_of_annarchy_are_passed_over() -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        net = Network(seed=1)
        net.config(sparse_matrix_format="csr", disable_SIMD_Eq=True, only_int_idx_type=False)
    assert net._state.options == Network(seed=1)._state.options


@pytest.mark.parametrize("name", ["dt", "seed"])
def test_what_populations_depend_on_is_set_before_them(name: str) -> None:
    net, _ = cells(1)
    with pytest.raises(ConfigurationError, match=f"depend on '{name}' already"):
        net.config(**{name: 2})


def test_single_precision() -> None:
    net = Network(seed=1)
    net.config(dtype="float32")
    pop = net.create(5, RAMP)
    pop.slope = 0.1
    net.compile()
    net.simulate(3.0)
    expected = np.float32(5.0)
    for _ in range(3):
        expected = expected + np.float32(0.1)
    assert pop.r.dtype == np.float64 and (pop.r == float(expected)).all()


def test_threads_do_not_change_results() -> None:
    def run(threads: int) -> np.ndarray:
        net = Network(seed=3)
        net.config(num_threads=threads)
        pop = net.create(100, Izhikevich(noise=5.0))
        net.connect(pop, pop, "exc").fixed_probability(0.1, Uniform(0.0, 10.0))
        net.compile()
        net.simulate(50.0)
        return pop.v

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        assert np.array_equal(run(1), run(2)) and np.array_equal(run(1), run(3))


# ---- seeds ------------------------------------------------------------------------------------------------------


def test_seeds_are_chosen_anew_for_each_network() -> None:
    clear()
    assert len({magic_network().seed, magic_network().seed, Network().seed, Network().seed}) == 3
    setup(seed=9)
    assert Network().seed == magic_network().seed == 9 and Network(seed=3).seed == 3
    clear()


def test_default_rng_has_the_seed_of_the_network() -> None:
    net = Network(seed=12)
    assert net.seed == 12
    assert net.default_rng.random() == np.random.default_rng(12).random()


# ---- several networks -------------------------------------------------------------------------------------------


def test_networks_are_independent() -> None:
    def network(dt: float, seed: int) -> tuple[Network, Population, Any]:
        net = Network(dt=dt, seed=seed)
        pop = net.create(20, Izhikevich(noise=5.0))
        net.connect(pop, pop, "exc").all_to_all(Uniform(0.0, 1.0))
        monitor = net.monitor(pop, "v")
        net.compile()
        return net, pop, monitor

    def alone(dt: float, seed: int) -> np.ndarray:
        net, _, monitor = network(dt, seed)
        net.simulate(20.0)
        return monitor.get("v")

    expected = [alone(1.0, 1), alone(0.5, 2)]
    first, second = network(1.0, 1), network(0.5, 2)
    for _ in range(10):
        first[0].simulate(2.0)
        second[0].simulate(2.0)
    assert np.array_equal(first[2].get("v"), expected[0]) and np.array_equal(second[2].get("v"), expected[1])
    first[0].reset()
    assert second[0].current_step == 40 and not np.array_equal(first[1].v, second[1].v)


def test_many_networks_come_and_go() -> None:
    for size in range(1, 40):
        net, pop = cells(size)
        net.compile()
        net.step()
        assert (pop.half == 1.0).all()


# ---- ready populations ------------------------------------------------------------------------------------------


def test_a_ready_population_moves_in() -> None:
    net = Network(seed=1)
    loose = PoissonPopulation((2, 3), rates=np.arange(6.0))
    pop = net.create(loose)
    assert isinstance(pop, PoissonPopulation) and pop is not loose and pop.geometry == (2, 3)
    assert np.array_equal(pop.rates, np.arange(6.0).reshape(2, 3))
    assert net.get_population(pop.name) is pop and pop.name == "pop0"
    named = net.create(population=PoissonPopulation(3, rates=4.0), name="stimulus")
    assert named.name == "stimulus" and (named.rates == 4.0).all()
    net.compile()
    with pytest.raises(ConfigurationError, match="the network has no population"):
        magic_network().compile()  # nothing was left behind


def test_a_ready_population_keeps_its_name() -> None:
    assert Network(seed=1).create(PoissonPopulation(3, name="stimulus")).name == "stimulus"


def test_a_connected_population_stays_where_it_is() -> None:
    home, pop = cells(3)
    home.connect(pop, pop, "exc").one_to_one()
    with pytest.raises(ConfigurationError, match="is connected in its network already"):
        Network(seed=2).create(pop)
