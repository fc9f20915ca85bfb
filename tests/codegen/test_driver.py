"""The whole way from models to source and step program; and the order of the phases."""

from __future__ import annotations

import re

import pytest

from distann.codegen.driver import Wiring, generate
from distann.codegen.ir import Operation
from distann.codegen.schedule import schedule
from distann.errors import ConfigurationError, EquationError
from distann.model import Neuron, Synapse
from distann.models import IF_curr_exp, Izhikevich, LeakyIntegrator
from distann.models.inputs import SpikeSource
from distann.models.synapses import DefaultRateCodedSynapse, DefaultSpikingSynapse

SPIKES, RATES = DefaultSpikingSynapse(), DefaultRateCodedSynapse()


def test_phases_of_a_step() -> None:
    wirings = [
        Wiring(0, 1, ("exc",), SPIKES), Wiring(2, 2, ("exc", "inh"), RATES),
        Wiring(1, 1, ("inh",), SPIKES, frozenset({"w"})),
    ]  # fmt: skip
    made = generate([SpikeSource(), IF_curr_exp(), LeakyIntegrator()], wirings)
    assert made.program.operations == (
        Operation("clear", 2),
        *(Operation("transmit", number) for number in range(3)),
        Operation("record inputs"),
        *(Operation("update", number) for number in range(3)),
        Operation("record"),
    )
    assert made.program.published == ((2, "r"),)
    assert [update is None for update in made.updates] == [True, False, False]


def test_what_neighbours_read_is_published_once() -> None:
    synapse = Synapse(psp="w * (pre.v + pre.r * pre.tau) - post.v")
    wirings = [Wiring(0, 0, ("exc",), synapse), Wiring(0, 0, ("inh",), RATES)]
    made = generate([LeakyIntegrator()], wirings)
    # The time constant is one value of the population: nothing to publish.
    assert made.program.published == ((0, "r"), (0, "v")) or made.program.published == ((0, "v"), (0, "r"))


def test_nothing_at_all() -> None:
    program = schedule([], [])
    assert [operation.kind for operation in program.operations] == ["record inputs", "record"]
    assert program.published == ()


def test_kernels_have_different_names_that_are_identifiers() -> None:
    names = ["cell", "cell", "7 cells", "é", "class", "", "cell_update"]
    neurons = [Neuron(equations=f"r = {number}", name=name) for number, name in enumerate(names)]
    made = generate(neurons, [])
    found = [update.name for update in made.updates if update is not None]
    assert len(set(found)) == len(names)
    assert all(re.fullmatch("[A-Za-z][A-Za-z0-9_]*", name) for name in found)
    assert all(f"struct {name} " in made.source.text for name in found)


def test_the_name_of_the_library_is_for_people() -> None:
    made = generate([Izhikevich(), Izhikevich(a=0.1)], [Wiring(0, 1, ("exc",), SPIKES)])
    assert made.source.name == "Izhikevich-DefaultSpikingSynapse"


def test_the_models_name_stands_in_errors() -> None:
    neuron = Neuron(equations="dv/dt = -v**2 : exponential", spike="v > 1", name="Broken")
    with pytest.raises(EquationError) as caught:
        generate([neuron], [])
    assert caught.value.model == "Broken"
    synapse = Synapse(pre_spike="g_target += w * post.x", name="Snapped")
    with pytest.raises(EquationError) as caught:
        generate([IF_curr_exp()], [Wiring(0, 0, ("exc",), synapse)])
    assert caught.value.model == "Snapped"
    assert str(caught.value).startswith("Snapped, pre_spike, line 1: ")


def test_an_unknown_precision() -> None:
    with pytest.raises(ConfigurationError, match="float64, float32"):
        generate([Izhikevich()], [], precision="float16")
