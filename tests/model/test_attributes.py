"""Models from dicts, lists and objects have the text that a user would have written."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from distann import Binomial, ConfigurationError, Gamma, Neuron, Normal, Parameter, Synapse, Uniform, Variable
from distann.codegen.ir import Axis, Field, Role, Type
from distann.codegen.symbols import analyse_neuron


def fields(**texts: Any) -> dict[str, Field]:
    return {field.name: field for field in analyse_neuron(Neuron(**texts)).fields}


def test_a_dict_of_parameters() -> None:
    neuron = Neuron(
        parameters={
            "tau": 10, "on": True, "n": Parameter(3, type="int"), "I": Parameter(Uniform(0.0, 1.0), "local"),
            "twice": Parameter("2 * tau", locality="local"), "np": np.float32(0.5),
        },
        equations="r = I",
    )  # fmt: skip
    assert neuron.parameters.split("\n") == [
        "tau = 10.0 : population", "on = True : population, bool", "n = 3.0 : population, int", "I = Uniform(0.0, 1.0)",
        "twice = 2 * tau", "np = 0.5 : population",
    ]  # fmt: skip


def test_equations_of_variables() -> None:
    neuron = Neuron(
        parameters="v_0 = -60.0",
        equations=[
            Variable("dv/dt = -v  # decays", init="v_0", min=-80, max=Normal(0.0, 1.0, max=2.0), method="exponential"),
            Variable("n = 1", type="int", locality="global"),
            "r = v",
        ],
    )
    assert neuron.equations.split("\n") == [
        "dv/dt = -v : init=v_0, min=-80.0, max=Normal(0.0, 1.0, max=2.0), exponential", "n = 1 : population, int",
        "r = v",
    ]  # fmt: skip
    found = {field.name: field for field in analyse_neuron(neuron).fields}
    assert (found["n"].axis, found["n"].type, found["v"].role) == (Axis.OBJECT, Type.INT, Role.VARIABLE)
    assert Neuron(equations={"r": Variable("r = 1")}) == Neuron(equations="r = 1")


def test_localities_of_synapses() -> None:
    synapse = Synapse(
        parameters={"a": 1.0, "b": Parameter(2.0, locality="semiglobal"), "c": Parameter(3.0, locality="local")}
    )
    assert synapse.parameters == "a = 1.0 : projection\nb = 2.0 : postsynaptic\nc = 3.0"


@pytest.mark.parametrize(
    ("distribution", "text"),
    [
        (Uniform(0, 1), "Uniform(0.0, 1.0)"), (Normal(0.0, 1.0, max=3.0), "Normal(0.0, 1.0, max=3.0)"),
        (Gamma(2.0), "Gamma(2.0, beta=1.0)"), (Binomial(10, 0.5), "Binomial(10, 0.5)"),
    ],
)  # fmt: skip
def test_distributions_as_text(distribution: Any, text: str) -> None:
    assert str(distribution) == text
    initial = fields(parameters={"a": Parameter(distribution, "local")}, equations="r = a")["a"].initial
    assert initial is not None


def test_extra_values() -> None:
    found = fields(
        parameters="tau = 'given'\nother = given * 2",
        equations="dv/dt = -v : init = start\nr = v",
        extra_values={"given": 12.5, "start": Uniform(0.0, 1.0)},
    )
    plain = fields(parameters="tau = 12.5\nother = 12.5 * 2", equations="dv/dt = -v : init = Uniform(0.0, 1.0)\nr = v")
    assert [found[name].initial for name in ("tau", "other", "v")] == [
        plain[name].initial for name in ("tau", "other", "v")
    ]


@pytest.mark.parametrize(
    ("given", "says"),
    [
        ({"parameters": {"a": [1, 2]}}, "parameter 'a' is a number, a distribution or a text"),
        ({"parameters": {3: 1.0}}, "parameters are called by a text"),
        ({"parameters": {"a": Parameter(1.0, "globl")}}, "did you mean 'global'"),
        ({"parameters": {"a": Parameter(1.0, "semiglobal")}}, "a neuron has no locality 'semiglobal'"),
        ({"parameters": {"a": Parameter(1.0, type="double")}}, "a type is one of float, int, bool"),
        ({"equations": [Variable("r = 1", init=[1])]}, "'init' of a variable is a number"),
        ({"extra_values": 3}, "'extra_values' is a dict"),
        ({"extra_values": {"a": None}}, "extra_values"),
    ],
)
def test_what_makes_no_sense(given: dict[str, Any], says: str) -> None:
    with pytest.raises(ConfigurationError, match=says):
        Neuron(**given)
