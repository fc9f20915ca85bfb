"""Populations: attributes before and after compile(), resets, neurons, inputs."""

from __future__ import annotations

import subprocess
import sys
from typing import Any

import numpy as np
import pytest

from distann import (
    ConfigurationError,
    DiscreteUniform,
    Izhikevich,
    Network,
    Neuron,
    NotCompiledError,
    Population,
    PopulationView,
    Uniform,
    UnknownAttributeError,
    ValueShapeError,
)
from tests.ranks import environment
from tests.toys import CELL, RAMP, TRAP, cells


@pytest.fixture(params=["before compile", "after compile"])
def pop(request: pytest.FixtureRequest) -> Population:
    net, made = cells()
    if request.param == "after compile":
        net.compile()
    return made


# ---- what it is -------------------------------------------------------------------------------------------------


def test_description() -> None:
    _, pop = cells((4, 5))
    assert (pop.name, pop.size, len(pop), pop.geometry, pop.dimension) == ("cells", 20, 20, (4, 5), 2)
    assert (pop.width, pop.height, pop.depth) == (4, 5, 1)
    assert pop.ranks.tolist() == list(range(20))
    assert pop.neuron_type is CELL
    assert pop.parameters == ["tau", "drive", "gain", "n", "on"]
    assert pop.variables == ["seen", "half", "total"]
    assert pop.attributes == pop.parameters + pop.variables
    assert pop.targets == ["exc", "inh"]
    assert repr(pop) == "<Population 'cells': 20 x Cell>"


def test_attributes_are_offered_for_completion() -> None:
    _, pop = cells()
    assert {"tau", "seen", "geometry"} <= set(dir(pop))


def test_names_by_default() -> None:
    net = Network(seed=1)
    assert [net.create(3, CELL).name for _ in range(2)] == ["pop0", "pop1"]


# ---- values -----------------------------------------------------------------------------------------------------


def test_defaults(pop: Population) -> None:
    assert pop.tau == 10.0 and isinstance(pop.tau, float)
    assert pop.gain.dtype == np.float64 and pop.gain.shape == (4, 5) and (pop.gain == 2.0).all()
    assert pop.n.dtype == np.int64 and (pop.n == 3).all()
    assert pop.on.dtype == np.bool_ and pop.on.all()
    assert (pop.half == 2.0).all()  # init = gain
    assert (pop.g_exc == 0.0).all() and (pop.sum("exc") == 0.0).all()


def test_number(pop: Population) -> None:
    pop.gain = 7.0
    pop.tau = 3
    pop.n = 4.0
    pop.on = False
    assert (pop.gain == 7.0).all() and pop.tau == 3.0
    assert (pop.n == 4).all() and not pop.on.any()


@pytest.mark.parametrize("shape", [(20,), (4, 5)])
@pytest.mark.parametrize("kind", [np.asarray, np.ndarray.tolist, lambda a: a.astype(np.float32), np.asfortranarray])
def test_array_flat_or_in_the_geometry(pop: Population, shape: tuple[int, ...], kind: Any) -> None:
    given = np.arange(20.0).reshape(shape)
    pop.gain = kind(given)
    assert np.array_equal(pop.gain, given.reshape(4, 5))


def test_distribution(pop: Population) -> None:
    pop.gain = Uniform(1.0, 2.0)
    assert pop.gain.min() >= 1.0 and pop.gain.max() <= 2.0 and len(np.unique(pop.gain)) == 20
    first = pop.gain
    pop.gain = Uniform(1.0, 2.0)
    assert not np.array_equal(pop.gain, first)
    pop.tau = Uniform(1.0, 2.0)
    assert 1.0 <= pop.tau <= 2.0
    pop.n = DiscreteUniform(5, 6)
    assert set(pop.n.ravel()) == {5, 6}


def test_distribution_depends_on_the_seed_alone() -> None:
    def drawn(seed: int) -> np.ndarray:
        _, pop = cells(seed=seed)
        pop.gain = Uniform(0.0, 1.0)
        return pop.gain

    assert np.array_equal(drawn(3), drawn(3))
    assert not np.array_equal(drawn(3), drawn(4))


def test_reading_gives_a_copy(pop: Population) -> None:
    pop.gain[:] = 99.0
    assert (pop.gain == 2.0).all()


def test_get_and_set(pop: Population) -> None:
    pop.set({"gain": 4.0, "tau": 2.0})
    assert (pop.get("gain") == 4.0).all() and pop.get("tau") == 2.0
    with pytest.raises(AttributeError):
        pop.set({"gian": 1.0})


@pytest.mark.parametrize("name", ["gian", "taau", "refractory_left"])
def test_unknown_attribute(pop: Population, name: str) -> None:
    with pytest.raises(UnknownAttributeError, match=f"population 'cells' has no attribute '{name}'"):
        getattr(pop, name)
    with pytest.raises(AttributeError):
        setattr(pop, name, 1.0)


def test_unknown_attribute_suggests() -> None:
    _, pop = cells()
    with pytest.raises(AttributeError, match="did you mean 'gain'"):
        pop.gian = 3.0


@pytest.mark.parametrize("shape", [(21,), (5, 4), (1,), (20, 1), (0,)])
def test_wrong_shape(pop: Population, shape: tuple[int, ...]) -> None:
    with pytest.raises(ValueShapeError, match="'gain' has shape") as raised:
        pop.gain = np.zeros(shape)
    assert raised.value.expected == (4, 5) and raised.value.got == shape
    with pytest.raises(ValueShapeError):
        pop.tau = np.zeros(shape)
    assert (pop.gain == 2.0).all()


@pytest.mark.parametrize("value", [None, "fast", [1.0, None], 1j, [[1.0], [2.0, 3.0]], object()])
def test_what_is_no_number(pop: Population, value: Any) -> None:
    with pytest.raises(ConfigurationError, match="'gain' is set to numbers"):
        pop.gain = value


@pytest.mark.parametrize("value", [2.5, np.full(20, 0.1), float("nan")])
def test_what_is_no_integer(pop: Population, value: Any) -> None:
    with pytest.raises(ConfigurationError, match="'n' is declared as an integer"), np.errstate(invalid="ignore"):
        pop.n = value


def test_initial_values_follow_parameters_until_they_are_set() -> None:
    net, pop = cells()
    pop.gain = np.arange(20.0)
    assert np.array_equal(pop.half.ravel(), np.arange(20.0))
    pop.half = 1.0
    net.compile()
    assert (pop.half == 1.0).all()


def test_built_in_initial_values() -> None:
    net = Network(seed=1)
    pop = net.create(3, Izhikevich)
    pop.b = [0.1, 0.2, 0.3]
    assert np.allclose(pop.u, -65.0 * np.array([0.1, 0.2, 0.3]), rtol=1e-15)


# ---- compiled ---------------------------------------------------------------------------------------------------


def test_what_is_set_is_what_the_kernels_compute_with() -> None:
    net, pop = cells()
    pop.gain = np.arange(20.0)
    net.compile()
    net.step()
    assert np.array_equal(pop.half.ravel(), np.arange(20.0) / 2.0)
    pop.gain = 8.0
    net.step()
    assert (pop.half == 4.0).all() and pop.total == 1.0


def test_reset_restores_what_was_set_before_compile() -> None:
    net, pop = cells()
    pop.gain, pop.tau = np.arange(20.0), 4.0
    pop[[0, 1, 2]].drive = 1.0
    net.compile()
    pop.gain, pop.tau, pop.drive = 1.0, 1.0, 0.0
    net.simulate(3.0)
    net.reset()
    assert np.array_equal(pop.gain.ravel(), np.arange(20.0)) and pop.tau == 4.0
    assert pop.drive.ravel().tolist() == [1.0] * 3 + [0.0] * 17
    assert np.array_equal(pop.half, pop.gain) and pop.total == 0.0
    assert (net.time, net.current_step) == (0.0, 0)


def test_reset_of_drawn_values_gives_the_same() -> None:
    net, pop = cells()
    pop.gain = Uniform(0.0, 1.0)
    drawn = pop.gain
    net.compile()
    assert np.array_equal(pop.gain, drawn)
    pop.gain = 0.0
    net.reset()
    assert np.array_equal(pop.gain, drawn)


def test_reset_of_some_attributes() -> None:
    net, pop = cells()
    net.compile()
    pop.gain, pop.drive = 5.0, 1.0
    pop.reset(["gain"])
    assert (pop.gain == 2.0).all() and (pop.drive == 1.0).all()
    pop.reset()
    assert (pop.drive == 0.0).all()
    with pytest.raises(UnknownAttributeError):
        pop.reset(["gian"])


def test_network_reset_may_spare_populations() -> None:
    net, pop = cells()
    net.compile()
    pop.gain = 5.0
    net.step()
    net.reset(populations=False)
    assert (pop.gain == 5.0).all() and net.current_step == 0


def test_local_values_are_views() -> None:
    net, pop = cells()
    with pytest.raises(NotCompiledError, match="call compile\\(\\) first"):
        _ = pop.local.gain
    net.compile()
    pop.local.gain[3] = 11.0
    assert pop.gain.ravel()[3] == 11.0
    assert len(pop.local.gain) == 20 and len(pop.local.tau) == 1


def test_unknown_target() -> None:
    _, pop = cells()
    with pytest.raises(UnknownAttributeError):
        pop.sum("ecx")


def test_refractory_is_an_attribute() -> None:
    net = Network(seed=1)
    pop = net.create(2, TRAP)
    assert pop.refractory.tolist() == [2.0, 2.0]
    pop.refractory = [0.0, 3.0]
    pop.threshold = -1.0
    monitor = net.monitor(pop, "spike")
    net.compile()
    net.simulate(9.0)
    spikes = monitor.get()
    assert spikes[0].tolist() == list(range(9))
    assert spikes[1].tolist() == [0, 4, 8]


# ---- neurons ----------------------------------------------------------------------------------------------------


def test_coordinates_and_ranks() -> None:
    _, pop = cells((4, 5))
    assert [pop.rank_from_coordinates(pop.coordinates_from_rank(rank)) for rank in range(20)] == list(range(20))
    assert pop.coordinates_from_rank(7) == (1, 2)
    assert pop.normalized_coordinates_from_rank(19) == (1.0, 1.0)
    assert pop.normalized_coordinates_from_rank(1, norm=2.0) == (0.0, 0.5)


@pytest.mark.parametrize("coordinates", [(4, 0), (0, 5), (-1, 0), (1,), (1, 1, 1)])
def test_coordinates_outside(coordinates: tuple[int, ...]) -> None:
    _, pop = cells((4, 5))
    with pytest.raises(ConfigurationError, match="no neuron is at"):
        pop.rank_from_coordinates(coordinates)


@pytest.mark.parametrize("rank", [-1, 20])
def test_ranks_outside(rank: int) -> None:
    _, pop = cells((4, 5))
    with pytest.raises(ConfigurationError, match="none has the rank"):
        pop.coordinates_from_rank(rank)
    with pytest.raises(ConfigurationError):
        pop.neuron(rank)


def test_one_neuron(pop: Population) -> None:
    neuron = pop.neuron(1, 2)
    assert neuron.rank == 7 and neuron.population is pop
    neuron.gain = 5.0
    assert neuron.gain == 5.0 and isinstance(neuron.gain, float) and neuron.tau == 10.0
    assert pop.gain[1, 2] == 5.0 and pop.gain.sum() == 2.0 * 19 + 5.0
    assert pop[1, 2].gain == pop.neuron(7).gain == 5.0
    assert neuron.sum("exc") == 0.0
    with pytest.raises(ConfigurationError, match="one value for the whole population"):
        neuron.tau = 3.0


def test_all_neurons() -> None:
    _, pop = cells()
    assert [neuron.rank for neuron in pop] == [neuron.rank for neuron in pop.neurons] == list(range(20))


@pytest.mark.parametrize("index", [(4, 0), (0, 9), (-5, 0)])
def test_full_coordinates_outside(index: tuple[int, int]) -> None:
    _, pop = cells((4, 5))
    with pytest.raises(ConfigurationError):
        _ = pop[index]


def test_coordinates_from_the_end() -> None:
    _, pop = cells((4, 5))
    assert not isinstance(pop[-1, -1], PopulationView) and pop[-1, -1].rank == 19


# ---- creating ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("geometry", [0, -1, 2.0, (3, 0), (), "3", True, 2**32, None])
def test_wrong_geometry(geometry: Any) -> None:
    with pytest.raises(ConfigurationError):
        Network(seed=1).create(geometry, CELL)


@pytest.mark.parametrize("geometry", [1, np.int64(3), (2, 3, 4), [2, 2]])
def test_geometries(geometry: Any) -> None:
    pop = Network(seed=1).create(geometry, CELL)
    assert pop.size == np.prod(geometry) and pop.gain.shape == pop.geometry


def test_names_are_unique() -> None:
    net, _ = cells()
    with pytest.raises(ConfigurationError, match="there is a population 'cells' already"):
        net.create(3, CELL, name="cells")


@pytest.mark.parametrize("neuron", [None, "Izhikevich", int, object()])
def test_what_is_no_neuron(neuron: Any) -> None:
    with pytest.raises(ConfigurationError):
        Network(seed=1).create(3, neuron)


def test_three_axes_survive_the_way_through_the_kernels() -> None:
    net, pop = cells((2, 3, 4))
    pop.gain = np.arange(24.0).reshape(2, 3, 4)
    net.compile()
    net.step()
    assert np.array_equal(pop.half, np.arange(24.0).reshape(2, 3, 4) / 2.0)


def test_rate_coded_population() -> None:
    net = Network(seed=1)
    pop = net.create(3, RAMP)
    net.compile()
    net.simulate(4.0)
    assert (pop.r == 9.0).all() and (pop.sum("exc") == 0.0).all()


def test_nothing_is_written_into_the_working_directory(tmp_path: Any) -> None:
    script = "from distann import *; Population(3, Izhikevich); compile(); simulate(1.0)"
    subprocess.run([sys.executable, "-c", script], cwd=tmp_path, env=environment(), check=True)
    assert list(tmp_path.iterdir()) == []


def test_a_distribution_draws_one_value_for_the_population() -> None:
    neuron = Neuron(equations="x = x : population, init=Uniform(2.0, 3.0)\nr = x")
    net = Network(seed=3)
    pop = net.create(5, neuron)
    before = pop.x
    net.compile()
    net.step()
    assert 2.0 <= before < 3.0 and pop.x == before and (pop.r == before).all()


def test_get_and_set_reach_attributes_with_names_of_properties() -> None:
    net = Network(seed=1)
    pop = net.create(4, Neuron(parameters="width = 2.0", equations="r = width"))
    pop.set({"width": 3.0})
    assert pop.width == 4 and (pop.get("width") == 3.0).all()
