"""The library of models: its equations as numbers, step by step, against formulas written here."""

from __future__ import annotations

import inspect
import math
import operator
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from distann.codegen.nodes import (
    Assignment,
    Binary,
    Call,
    Derivative,
    Draw,
    Equation,
    Expression,
    InputSum,
    Number,
    Symbol,
)
from distann.codegen.nodes import Unary as Sign
from distann.codegen.syntax import parse_block, parse_expression, parse_parameters
from distann.errors import ConfigurationError
from distann.model import Neuron, Synapse
from distann.models import (
    DefaultRateCodedSynapse,
    DefaultSpikingSynapse,
    IF_cond_exp,
    IF_curr_exp,
    Izhikevich,
    LeakyIntegrator,
    list_standard_neurons,
    list_standard_synapses,
)

OPERATORS: dict[str, Callable[[float, float], float]] = {
    "+": operator.add, "-": operator.sub, "*": operator.mul, "/": operator.truediv, "**": operator.pow,
}  # fmt: skip


def number(node: Expression, names: dict[str, float]) -> float:
    """The value of an expression; a random term is 0.5, a derivative is the name ``dv/dt``."""
    match node:
        case Number(value=value):
            return value
        case Symbol(name=name):
            return names[name]
        case Derivative(name=name):
            return names[f"d{name}/dt"]
        case InputSum(target=target):
            return names[f"sum({target})"]
        case Draw():
            return 0.5
        case Sign(operand=operand):
            return -number(operand, names)
        case Call(function="positive", arguments=(x,)):
            return max(number(x, names), 0.0)
        case Binary(operator=sign, left=left, right=right):
            return float(OPERATORS[sign](number(left, names), number(right, names)))
    raise AssertionError(node)


def parameters(neuron: Neuron) -> dict[str, float]:
    return {p.name: number(p.value, {}) for p in parse_parameters(neuron.parameters)}


def satisfied(neuron: Neuron, values: dict[str, float]) -> bool:
    """Whether both sides of every equation are equal."""
    names = parameters(neuron) | values
    for statement in parse_block(neuron.equations, "equations"):
        left = statement.left if isinstance(statement, Equation) else Symbol(statement.name)
        right = statement.right if isinstance(statement, Equation) else statement.value
        if not math.isclose(number(left, names), number(right, names), rel_tol=1e-12, abs_tol=1e-12):
            return False
    return True


def flags(neuron: Neuron) -> dict[str, set[str]]:
    return {s.name: {f.name for f in s.flags} for s in parse_block(neuron.equations, "equations")}


def test_leaky_integrator() -> None:
    neuron = LeakyIntegrator(tau=20, B=0.5, T=-0.2)
    assert parameters(neuron) == {"tau": 20.0, "B": 0.5, "T": -0.2}
    for v in (-3.0, 0.0, 4.0):
        values = {"v": v, "sum(exc)": 2.0, "sum(inh)": 0.7, "dv/dt": (2.0 - 0.7 + 0.5 - v) / 20, "r": max(v + 0.2, 0.0)}
        assert satisfied(neuron, values) and not satisfied(neuron, values | {"dv/dt": 1.0})
    assert flags(neuron) == {"v": {"exponential"}, "r": set()}
    assert [[f.name for f in p.flags] for p in parse_parameters(neuron.parameters)] == [["population"], [], []]
    assert not neuron.spiking


def test_leaky_integrator_with_other_texts() -> None:
    neuron = LeakyIntegrator(sum="if a < b: sum(ff) else: 0", noise="0.1 * Normal(0, 1)")
    (equation, _) = parse_block(neuron.equations, "equations")
    assert isinstance(equation, Equation) and isinstance(equation.right, Binary)
    assert equation.right.right == Binary("*", Number(0.1), Draw("Normal", (Number(0.0), Number(1.0))))


def test_izhikevich() -> None:
    neuron = Izhikevich(noise=2.0, i_offset=0.3)
    known = {"a": 0.02, "b": 0.2, "c": -65.0, "d": 8.0, "v_thresh": 30.0, "tau_refrac": 0.0}
    assert parameters(neuron) == known | {"i_offset": 0.3, "noise": 2.0}
    for v, u in ((-65.0, -13.0), (20.0, 3.0)):
        current = 4.0 - 1.0 + 2.0 * 0.5 + 0.3
        rates = {"dv/dt": 0.04 * v * v + 5 * v + 140 - u + current, "du/dt": 0.02 * (0.2 * v - u)}
        assert satisfied(neuron, {"v": v, "u": u, "g_exc": 4.0, "g_inh": 1.0, "I": current} | rates)
    _, v_equation, u_equation = parse_block(neuron.equations, "equations")
    assert v_equation.flags[0].value == Symbol("c")
    assert u_equation.flags[0].value == Binary("*", Symbol("b"), Symbol("c"))
    assert neuron.reset is not None
    resets = [(s.name, s.operator, s.value) for s in parse_block(neuron.reset, "reset") if isinstance(s, Assignment)]
    assert resets == [("v", "=", Symbol("c")), ("u", "+=", Symbol("d"))]
    assert neuron.refractory == "tau_refrac"


@pytest.mark.parametrize("kind", [IF_curr_exp, IF_cond_exp])
def test_integrate_and_fire(kind: Any) -> None:
    neuron = kind(cm=0.2, tau_m=10.0, i_offset=0.1)
    p = parameters(neuron)
    for v, g_exc, g_inh in ((-65.0, 0.0, 0.0), (-52.0, 0.01, 0.03)):
        current = g_exc - g_inh
        if kind is IF_cond_exp:
            current = g_exc * (0.0 - v) + g_inh * (-70.0 - v)
        values = {
            "v": v, "g_exc": g_exc, "g_inh": g_inh,
            "dv/dt": (-65.0 - v) / 10.0 + (current + 0.1) / 0.2, "dg_exc/dt": -g_exc / 5.0, "dg_inh/dt": -g_inh / 5.0,
        }  # fmt: skip
        assert satisfied(neuron, values) and not satisfied(neuron, values | {"dv/dt": 17.0})
    assert flags(neuron) == {"v": {"exponential", "init"}, "g_exc": {"exponential"}, "g_inh": {"exponential"}}
    assert (p["v_thresh"], p["v_reset"], p["v_rest"], p["tau_refrac"]) == (-50.0, -65.0, -65.0, 0.0)
    assert (neuron.spike, neuron.reset, neuron.refractory) == ("v > v_thresh", "v = v_reset", "tau_refrac")


@pytest.mark.parametrize("neuron", list_standard_neurons(), ids=lambda neuron: neuron.name)
def test_values_stand_in_the_parameters_alone(neuron: Neuron) -> None:
    kind: Any = type(neuron)
    numbers = [
        name for name, given in inspect.signature(kind).parameters.items() if isinstance(given.default, float)
    ]
    other = kind(**{name: np.float64(0.123) for name in numbers})
    assert parameters(other) == dict.fromkeys(numbers, 0.123)
    assert set(parameters(neuron)) == set(numbers)
    for text in ("equations", "spike", "reset", "refractory"):
        assert getattr(other, text) == getattr(neuron, text)
    assert neuron == kind() and neuron != other


@pytest.mark.parametrize("wrong", [math.nan, math.inf, "3", None, [1.0], 10**400])
def test_parameters_are_numbers(wrong: Any) -> None:
    with pytest.raises(ConfigurationError, match="'a' is a finite number"):
        Izhikevich(a=wrong)


@pytest.mark.parametrize("value", [1e-320, -1e300, 0.1 + 0.2, 5])
def test_parameters_keep_every_bit(value: float) -> None:
    assert parameters(Izhikevich(a=value))["a"] == value


def test_synapses() -> None:
    rate, spiking = DefaultRateCodedSynapse(), DefaultSpikingSynapse()
    assert not rate.spiking and spiking.spiking
    assert rate.psp is not None and spiking.pre_spike is not None
    assert parse_expression(rate.psp, "psp") == parse_expression("w*pre.r", "psp")
    (statement,) = parse_block(spiking.pre_spike, "pre_spike")
    assert isinstance(statement, Assignment)
    assert (statement.name, statement.operator, statement.value) == ("g_target", "+=", Symbol("w"))


def test_lists() -> None:
    kinds = {LeakyIntegrator, Izhikevich, IF_curr_exp, IF_cond_exp}
    assert kinds < {type(neuron) for neuron in list_standard_neurons()}
    assert len({type(neuron) for neuron in list_standard_neurons()}) == len(list_standard_neurons()) == 11
    assert list_standard_synapses()[:2] == [DefaultRateCodedSynapse(), DefaultSpikingSynapse()]
    assert all(model.name and model.description for model in list_standard_neurons())
    assert all(isinstance(synapse, Synapse) and synapse.description for synapse in list_standard_synapses())
