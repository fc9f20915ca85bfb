"""Neurons and synapses: texts are kept, what does not go together is refused, and equal ones are equal."""

from __future__ import annotations

import dataclasses
from typing import Any

import pytest

from distann.errors import ConfigurationError
from distann.model import Neuron, Synapse


def test_texts_are_joined() -> None:
    neuron = Neuron(["tau = 10.0", "E = -70.0"], ("dv/dt = -v",), spike="v > 1", reset=["v = 0", "u = 1"])
    assert neuron.parameters == "tau = 10.0\nE = -70.0"
    assert neuron.equations == "dv/dt = -v"
    assert neuron.reset == "v = 0\nu = 1"
    synapse = Synapse(pre_spike=["g_target += w", "w += 1"])
    assert synapse.pre_spike == "g_target += w\nw += 1"


def test_what_is_left_out() -> None:
    neuron, synapse = Neuron(), Synapse()
    assert (neuron.parameters, neuron.equations, neuron.spike, neuron.reset) == ("", "", None, None)
    assert (neuron.refractory, neuron.name, neuron.spiking) == (None, "", False)
    assert (synapse.psp, synapse.operation, synapse.pre_spike, synapse.name) == (None, "sum", None, "")
    assert not synapse.spiking


def test_an_empty_text_is_none() -> None:
    assert not Neuron(spike=" \n", reset="", refractory=" ").spiking
    assert not Synapse(pre_spike="").spiking


def test_spiking() -> None:
    assert Neuron(spike="v > 1").spiking
    assert Synapse(pre_spike="g_target += w").spiking
    assert not Synapse(psp="w * pre.r").spiking


@pytest.mark.parametrize(("given", "kept"), [("tau_ref", "tau_ref"), (5, 5.0), (0.0, 0.0), (None, None)])
def test_refractory(given: Any, kept: Any) -> None:
    neuron = Neuron(spike="v > 1", refractory=given)
    assert neuron.refractory == kept and type(neuron.refractory) is type(kept)


@pytest.mark.parametrize("wrong", [-1.0, float("nan"), float("inf"), True, 10**400, [5.0], 1j])
def test_wrong_refractory(wrong: Any) -> None:
    with pytest.raises(ConfigurationError, match="refractory"):
        Neuron(spike="v > 1", refractory=wrong)


TEXTS = ("parameters", "equations", "spike", "axon_spike", "reset", "axon_reset", "functions", "name", "description")


@pytest.mark.parametrize("name", TEXTS)
@pytest.mark.parametrize("wrong", [3.0, b"v = 1", ["v = 1", 2], object()])
def test_what_is_no_text(name: str, wrong: Any) -> None:
    with pytest.raises(ConfigurationError, match=f"'{name}' is a text"):
        Neuron(**{name: wrong})


@pytest.mark.parametrize("given", [{"reset": "v = 0"}, {"refractory": 5.0}, {"refractory": 0.0}, {"refractory": "a"}])
def test_what_follows_a_spike_needs_one(given: dict[str, Any]) -> None:
    with pytest.raises(ConfigurationError, match="give 'spike' as well"):
        Neuron(equations="r = 1", **given)


def test_both_kinds_of_spikes_make_a_neuron_spiking() -> None:
    assert Neuron(axon_spike="v > 1", axon_reset="v = 0").spiking and not Neuron(equations="r = 1").spiking
    with pytest.raises(ConfigurationError, match="give 'axon_spike' as well"):
        Neuron(spike="v > 1", axon_reset="v = 0")
    assert Synapse(pre_axon_spike="g_target += w").spiking
    with pytest.raises(ConfigurationError, match="'operation' cannot be 'max'"):
        Synapse(pre_axon_spike="g_target += w", operation="max")


def test_synapses() -> None:
    with pytest.raises(ConfigurationError, match="did you mean 'mean'"):
        Synapse(operation="means")
    with pytest.raises(ConfigurationError, match="choose one of sum"):
        Synapse(operation=3)  # type: ignore[arg-type]
    with pytest.raises(ConfigurationError, match="spikes are summed"):
        Synapse(pre_spike="g_target += w", operation="max")
    assert Synapse(psp="w * pre.r", operation="max").operation == "max"
    assert Synapse(post_spike="w += 1", pre_spike="g_target += w").post_spike == "w += 1"


def test_equality_is_that_of_the_texts() -> None:
    assert Neuron("a = 1", spike="v > 1") == Neuron(["a = 1"], spike="v > 1")
    assert hash(Neuron("a = 1")) == hash(Neuron("a = 1"))
    assert Neuron("a = 1") != Neuron("a = 2")
    assert Synapse(psp="w") == Synapse(psp="w") != Synapse(psp="2 * w")
    assert len({Synapse(psp="w"), Synapse(psp="w"), Synapse()}) == 2


def test_nothing_changes_afterwards() -> None:
    with pytest.raises(dataclasses.FrozenInstanceError):
        Neuron().equations = "r = 1"  # type: ignore[misc]
    with pytest.raises(dataclasses.FrozenInstanceError):
        Synapse().psp = "w"  # type: ignore[misc]


class Old(Neuron):
    """As scripts for other versions write it."""

    def __init__(self, tau: float) -> None:
        self.tau = tau
        Neuron.__init__(self, parameters=f"tau = {tau}", equations="r = tau")


class New(Neuron):
    def __init__(self, tau: float) -> None:
        super().__init__(parameters=f"tau = {tau}", equations="r = tau")
        self.tau = tau


class Plastic(Synapse):
    def __init__(self, rate: float) -> None:
        self.rate = rate
        super().__init__(parameters=f"rate = {rate}")


def test_subclasses() -> None:
    assert Old(3.0).parameters == New(3.0).parameters == "tau = 3.0"
    assert Old(3.0).tau == New(3.0).tau == 3.0
    assert Old(3.0) == Old(3.0) and hash(Old(3.0)) == hash(Old(3.0))
    assert Old(3.0) != New(3.0) and Old(3.0) != Old(4.0)
    assert Plastic(2.0).rate == 2.0 and Plastic(2.0) == Plastic(2.0)
    with pytest.raises(dataclasses.FrozenInstanceError):
        Old(3.0).equations = "r = 1"  # type: ignore[misc]
