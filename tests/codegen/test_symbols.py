"""What the names of a model become."""

from __future__ import annotations

import pytest

from distann.codegen.definitions import Definitions
from distann.codegen.ir import Axis, Field, NeuronModel, Role, Type
from distann.codegen.nodes import Equation, Number, Side
from distann.codegen.symbols import accesses, analyse_neuron, analyse_synapse
from distann.codegen.tree import symbols
from distann.errors import EquationError
from distann.model import Neuron, Synapse


def fields(model: NeuronModel) -> dict[str, Field]:
    return {field.name: field for field in model.fields}


def test_fields_of_a_neuron() -> None:
    model = analyse_neuron(
        Neuron(
            parameters="tau = 10.0 : population\nE = -60\nk = 3 : int, population\non = True : bool\nbare",
            equations="tau * dv/dt = E - v + sum(exc) : init = E, min = -80, max = E + 1, rk4\nn += k : int\nr = v",
        )
    )
    found = fields(model)
    assert [*found] == ["tau", "E", "k", "on", "bare", "v", "n", "r", "sum(exc)"]
    assert {name: field.axis for name, field in found.items() if field.axis is Axis.OBJECT}.keys() == {"tau", "k"}
    assert {name for name, field in found.items() if field.role is Role.PARAMETER} == {"tau", "E", "k", "on", "bare"}
    assert (found["k"].type, found["on"].type, found["n"].type, found["v"].type) == (
        Type.INT, Type.BOOL, Type.INT, Type.FLOAT,
    )  # fmt: skip
    assert found["sum(exc)"].role is Role.INPUT and found["sum(exc)"].axis is Axis.NEURON
    assert found["v"].minimum is not None and found["v"].maximum is not None


def test_where_a_field_was_declared() -> None:
    model = analyse_neuron(Neuron(parameters="\n  a = 1", equations="x = a\n\n  r = x"))
    spans = {field.name: field.span for field in model.fields}
    assert [(s.block, s.line, s.column) for s in spans.values() if s is not None] == [
        ("parameters", 2, 2), ("equations", 1, 0), ("equations", 3, 2),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("equations", "spike", "targets", "inputs"),
    [
        ("dv/dt = g_exc - g_inh", "v > 1", ("exc", "inh"), ["g_exc", "g_inh"]),
        ("dg_exc/dt = -g_exc\ndv/dt = g_exc + g_b", "v > 1", ("exc", "b"), ["g_b"]),
        ("dv/dt = -v", "v + g_late > 1", ("late",), ["g_late"]),
        ("r = sum(b) - sum(a) * sum(b)", None, ("b", "a"), ["sum(b)", "sum(a)"]),
        ("r = g_exc\ng_exc = 1.0", None, (), []),
        ("dv/dt = g_L * (g_Na - v)", "v > 1", (), []),
    ],
)
def test_targets(equations: str, spike: str | None, targets: tuple[str, ...], inputs: list[str]) -> None:
    parameters = "g_L = 1.0; g_Na = 2.0 : population" if "g_L" in equations else ""
    model = analyse_neuron(Neuron(parameters=parameters, equations=equations, spike=spike))
    assert model.targets == targets
    assert [field.name for field in model.fields if field.role is Role.INPUT] == inputs
    for target in targets:
        assert model.field(model.input_field(target)) is not None


def test_a_refractory_number_is_a_parameter_and_a_text_an_expression() -> None:
    number = analyse_neuron(Neuron(equations="dv/dt = 1", spike="v > 1", refractory=2.5))
    field = fields(number)["refractory"]
    assert field.role is Role.PARAMETER and field.initial == Number(2.5)
    text = analyse_neuron(Neuron(parameters="rest = 2.5", equations="dv/dt = 1", spike="v > 1", refractory="rest"))
    assert "refractory" not in fields(text)
    for model in (number, text):
        internal = [field for field in model.fields if field.role is Role.INTERNAL]
        assert [field.name.isidentifier() for field in internal] == [False]  # nobody can name it


def test_models_with_other_values_are_not_confused() -> None:
    first, second = (analyse_neuron(Neuron(parameters=f"a = {a}", equations="r = a")) for a in (1.0, 2.0))
    assert first != second and first is analyse_neuron(Neuron(parameters="a = 1.0", equations="r = a"))


def test_fields_of_a_synapse() -> None:
    synapse = Synapse(
        parameters="a = 1\nb = 2 : projection\nc = 3 : postsynaptic\nd = 4 : int",
        pre_spike="a += b * post.v\ng_target += w * c * post.u * post.v",
    )
    model = analyse_synapse(synapse)
    assert [(field.name, field.axis, field.role) for field in model.fields] == [
        ("a", Axis.SYNAPSE, Role.VARIABLE), ("b", Axis.OBJECT, Role.PARAMETER), ("c", Axis.NEURON, Role.PARAMETER),
        ("d", Axis.SYNAPSE, Role.PARAMETER), ("w", Axis.SYNAPSE, Role.PARAMETER),
    ]  # fmt: skip
    assert accesses(model) == ((Side.POST, "v"), (Side.POST, "u"))


def test_weights() -> None:
    default = Synapse(psp="w * pre.r")
    axes = [analyse_synapse(default, frozenset(names)).fields[-1].axis for names in ((), ("w",))]
    assert axes == [Axis.SYNAPSE, Axis.OBJECT]
    own = Synapse(parameters="w = 3.0 : projection", psp="w * pre.r")
    (weight,) = analyse_synapse(own, frozenset({"w"})).fields
    assert weight.axis is Axis.OBJECT and weight.initial == Number(3.0)


@pytest.mark.parametrize(
    "text", ["r = delta/dt", "r = 2 + delta / dt", "dr/dt = 1 - delta\t/dt : init = 0", "r = -(delta/dt)"]
)
def test_a_parameter_divided_by_dt_is_no_derivative(text: str) -> None:
    model = analyse_neuron(Neuron(parameters="delta = 0.5", equations=text))
    assert [*fields(model)] == ["delta", "r"]
    (statement,) = model.equations
    right = statement.right if isinstance(statement, Equation) else statement.value
    assert {"delta", "dt"} <= symbols(right)


def test_a_quotient_that_shows_its_place() -> None:
    with pytest.raises(EquationError) as caught:
        analyse_neuron(Neuron(parameters="delta = 0.5", equations="r = 1\nr = delta/dt"))
    assert (caught.value.line, caught.value.column) == (2, 0)
    with pytest.raises(EquationError, match="unknown name 'x'"):
        analyse_neuron(Neuron(parameters="delta = 0.5", equations="r = delta/dt * x"))


@pytest.mark.parametrize(
    ("parameters", "equations"),
    [
        ("dx = 0.1", "dx/dt = dx"),  # an equation gives it
        ("dx = 0.1", "2 * dx/dt + x = dx"),  # x has no other equation
        ("", "delta/dt = -elta + 1"),
        ("", "2 * delta/dt = 1"),  # delta is no name elsewhere
    ],
)
def test_a_derivative_stays_one(parameters: str, equations: str) -> None:
    model = analyse_neuron(Neuron(parameters=parameters, equations=equations + "\nr = 1"))
    assert isinstance(model.equations[0], Equation)


def test_quotients_in_synapses_and_of_constants() -> None:
    synapse = Synapse(parameters="delta = 2.0", pre_spike="g_target += w * delta/dt")
    assert not [field for field in analyse_synapse(synapse).fields if field.name == "elta"]
    neuron = Neuron(equations="r = delta/dt")
    model = analyse_neuron(neuron, Definitions(constants=("delta",)))
    assert fields(model)["delta"].role is Role.CONSTANT
