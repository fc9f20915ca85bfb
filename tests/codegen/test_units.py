"""Units are kept, and compared where every name of a statement has one."""

from __future__ import annotations

from typing import Any

import pytest

import distann
from distann import Neuron, Parameter, Synapse, Variable
from distann.codegen.ir import NeuronModel
from distann.codegen.symbols import analyse_neuron, analyse_synapse
from distann.errors import EquationError

PARAMETERS = """
    tau = 10.0 : population, unit = ms
    E = -60.0 : unit = mV
    R = 2.0 : unit = MOhm
    I = 1.0 : unit = nA
    C = 1.0 : unit = nF
    g = 0.1 : unit = uS
    k = 0.5 : unit = 1
    f = 10.0 : unit = Hz
    x
"""


def analyse(equations: str, **more: Any) -> NeuronModel:
    return analyse_neuron(Neuron(parameters=PARAMETERS, equations=equations, **more))


@pytest.mark.parametrize(
    "equations",
    [
        "tau * dv/dt = E - v + R * I : unit = mV, init = E",
        "C * dv/dt = g * (E - v) + I : unit = mV, max = E + 3 * I / g",
        "dv/dt = 0.04 * v**2 / tau / E + 5 * v / tau + 140 - I / C : unit = mV",  # a literal takes any
        "v = E * exp(-t / tau) * (1 + k) : unit = mV",
        "v = sqrt(E**2 + (R * I)**2) : unit = V",
        "v = clip(E, R * I, 3.0) + pos(I / g) : unit = mV",
        "v = if v > E and k > 0: E else: 0.0 : unit = mV",
        "dv/dt = (E - v) / tau + E * xi / sqrt(tau) : unit = mV",
        "v = Normal(E, R * I) + Exponential(1 / E) + Gamma(k, E) : unit = mV",
        "v = E + x : unit = mV",  # x has no unit: not checked
        "v = E + I",  # v has none
        "v = R * C / dt * E : unit = mV",
        "v = log(E / (R * I)) * f * tau : unit = 1",
        "v = mean(v) + E : unit = mV",
    ],
)
def test_what_fits(equations: str) -> None:
    assert analyse(equations + "\nr = 1.0").field("v")


@pytest.mark.parametrize(
    ("equations", "reason"),
    [
        ("tau * dv/dt = E - v + I : unit = mV", "'E - v' is in V, but 'I' in A"),
        ("dv/dt = E - v : unit = mV", "'dv/dt' is in V/s, but 'E - v' in V"),
        ("v = exp(E) : unit = 1", "'E' is in V, but '1' in a number"),
        ("v = E : unit = nA", "'v' is in A, but 'E' in V"),
        ("v = if E > I: E else: E : unit = mV", "'E' is in V, but 'I' in A"),
        ("v = ite(k > 0, E, I) : unit = mV", "'E' is in V, but 'I' in A"),
        ("v = E**k : unit = mV", "'E' is in V, but '1' in a number"),
        ("v = E : unit = mV, min = I", "'v' is in V, but 'I' in A"),
        ("v = Normal(E, I) : unit = mV", "'E' is in V, but 'I' in A"),
        ("dv/dt = -v / tau + E * xi : unit = mV", "but '"),
        ("v = maximum(E, tau) : unit = mV", "'E' is in V, but 'tau' in s"),
    ],
)
def test_what_does_not_fit(equations: str, reason: str) -> None:
    with pytest.raises(EquationError) as caught:
        analyse(equations + "\nr = 1.0")
    assert caught.value.reason.startswith("the units do not fit: ") and reason in caught.value.reason


def test_conditions_and_resets() -> None:
    equations = "tau * dv/dt = E - v : unit = mV"
    analyse(equations, spike="v > E", reset="v = E\nv += R * I\nv *= 2 * k")
    for wrong in ({"spike": "v > I"}, {"spike": "v > E", "reset": "v += I"}, {"spike": "v > E", "reset": "v *= I"}):
        with pytest.raises(EquationError, match="the units do not fit"):
            analyse(equations, **wrong)


@pytest.mark.parametrize(
    ("unit", "reason"),
    [("mVolt", "unknown unit 'mVolt'"), ("", "operand"), ("mV + nA", "is no unit"), ("ms**k", "is no unit")],
)
def test_what_is_no_unit(unit: str, reason: str) -> None:
    with pytest.raises(EquationError, match=reason):
        analyse_neuron(Neuron(parameters=f"a = 1 : unit = {unit}", equations="r = a"))


def test_units_are_kept_and_change_no_source() -> None:
    neuron = Neuron(
        parameters={"tau": Parameter(10.0, unit="ms")},
        equations=[Variable("tau * dv/dt = -v", unit="mV"), "r = v"],
    )
    population = distann.Network().create(2, neuron)
    assert population.units == {"tau": "ms", "v": "mV"}
    plain = Neuron(parameters={"tau": 10.0}, equations="tau * dv/dt = -v\nr = v")
    texts = [distann.codegen.driver.generate([n], []).source.text for n in (neuron, plain)]
    assert texts[0].replace(" : unit=mV", "") == texts[1]


def test_synapses() -> None:
    analyse_synapse(Synapse(parameters="tau = 5 : unit = ms", equations="tau * dx/dt = -x : unit = 1"))
    with pytest.raises(EquationError, match="the units do not fit"):
        analyse_synapse(Synapse(parameters="tau = 5 : unit = ms", equations="dx/dt = -x : unit = 1"))
