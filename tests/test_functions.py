"""The module-level functions: a script with one network, the default one."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pytest

import distann
from distann import (
    ConfigurationError,
    Monitor,
    Network,
    NotCompiledError,
    Population,
    Projection,
    SpikeSourceArray,
    Uniform,
)
from tests.toys import CELL

# The toys have targets that a test does not use.
pytestmark = pytest.mark.filterwarnings("ignore:population .* reads")


@pytest.fixture(autouse=True)
def default_network() -> Iterator[None]:
    distann.clear()
    yield
    distann.clear()


def test_both_styles_give_the_same() -> None:
    distann.setup(dt=0.5, seed=21)
    pop = Population(30, CELL, name="pop")
    pop.gain = Uniform(0.0, 1.0)
    source = SpikeSourceArray([[1.0, 3.0], [2.0]])
    projection = Projection(pre=source, post=pop, target="exc")
    projection.connect_fixed_probability(0.5, weights=Uniform(0.0, 1.0), delays=1.5)
    monitor = Monitor(pop, ["seen", "spike"])

    net = Network(dt=0.5, seed=21)
    pop5 = net.create(30, CELL, name="pop")
    pop5.gain = Uniform(0.0, 1.0)
    source5 = net.create(SpikeSourceArray([[1.0, 3.0], [2.0]]))
    projection5 = net.connect(source5, pop5, "exc")
    projection5.fixed_probability(0.5, Uniform(0.0, 1.0), delays=1.5)
    monitor5 = net.monitor(pop5, ["seen", "spike"])
    net.compile()
    net.simulate(6.0)
    net.step()

    distann.compile()
    distann.simulate(6.0)
    distann.step()

    seen = monitor.get("seen")
    assert seen.shape == (13, 30) and seen.max() > 0.0
    assert np.array_equal(seen, monitor5.get("seen")) and np.array_equal(pop.gain, pop5.gain)
    assert projection.w == projection5.w and monitor.get("spike") == monitor5.get("spike")


def test_ready_populations_need_no_default_network() -> None:
    Population(3, CELL)
    distann.compile()
    assert Network(seed=1).create(SpikeSourceArray([1.0])).size == 1


def test_clock_and_names() -> None:
    distann.setup(dt=0.25)
    pop = Population(3, CELL)
    assert (distann.dt(), distann.get_time(), distann.get_current_step()) == (0.25, 0.0, 0)
    assert distann.get_population("pop0") is pop
    with pytest.raises(ConfigurationError, match="there is no population 'pop1'; did you mean 'pop0'"):
        distann.get_population("pop1")
    with pytest.raises(NotCompiledError, match="simulate\\(\\) needs the compiled network"):
        distann.simulate(1.0)
    distann.compile()
    distann.simulate(1.0)
    distann.step()
    assert (distann.get_time(), distann.get_current_step()) == (1.25, 5)
    pop.gain = 9.0
    distann.reset()
    assert (distann.get_time(), distann.get_current_step()) == (0.0, 0) and (pop.gain == 2.0).all()


def test_clear_begins_anew() -> None:
    distann.setup(dt=0.25, seed=4, dtype=distann.float32)
    Population(3, CELL)
    distann.compile()
    distann.clear()
    assert distann.dt() == 1.0 and Population(3, CELL).name == "pop0"
    distann.compile()


def test_set_seed() -> None:
    distann.set_seed(77)
    assert distann.magic_network().seed == 77


def test_options_are_inherited_by_later_networks() -> None:
    distann.setup(dt=0.1)
    assert Network().dt == 0.1 and Network(dt=2.0).dt == 2.0 and distann.dt() == 0.1


def test_everything_public_is_exported() -> None:
    assert all(hasattr(distann, name) for name in distann.__all__)
    script: dict[str, object] = {}
    exec("from distann import *", script)
    assert set(distann.__all__) <= set(script)


def test_standard_models() -> None:
    assert [neuron.name for neuron in distann.list_standard_neurons()] == [
        "LeakyIntegrator", "Izhikevich", "IF_curr_exp", "IF_cond_exp", "IF_curr_alpha", "IF_cond_alpha",
        "EIF_cond_exp_isfa_ista", "EIF_cond_alpha_isfa_ista", "GIF_curr", "GIF_curr_exp", "HH_cond_exp",
    ]  # fmt: skip
    assert len(distann.list_standard_synapses()) == 17


def test_functions_act_on_the_network_of_a_number() -> None:
    distann.setup(dt=0.5)
    first, second = Network(dt=0.25, seed=1), Network(dt=0.125, seed=2)
    assert distann.magic_network().id == 0 and 0 < first.id < second.id
    cells = first.create(3, CELL, name="cells")
    assert distann.Constant("level", 2.0, net_id=first.id) is first.get_constant("level")
    distann.compile(net_id=first.id)
    distann.simulate(1.0, net_id=first.id)
    assert distann.get_population("cells", net_id=first.id) is cells
    assert [distann.get_time(number) for number in (0, first.id, second.id)] == [0.0, 1.0, 0.0]
    assert [distann.dt(number) for number in (0, first.id, second.id)] == [0.5, 0.25, 0.125]


def test_a_number_that_no_network_has() -> None:
    with pytest.raises(ConfigurationError, match="no network with net_id=99999: give the id of a network"):
        distann.step(net_id=99999)
