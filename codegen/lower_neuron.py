"""From a neuron to its kernel: statements in the order of a step, masks, numbered draws, hoisted constants."""

from __future__ import annotations

from dataclasses import replace

from distann.codegen.draws import Draws
from distann.codegen.formatting import format_expression
from distann.codegen.hoist import hoist
from distann.codegen.ir import Axis, Kernel, Let, Loop, NeuronModel, Role, Set, Type
from distann.codegen.nodes import (
    Assignment,
    Binary,
    Block,
    Call,
    Compare,
    Expression,
    Logic,
    Number,
    Select,
    Statement,
    Symbol,
)
from distann.codegen.scope import Scope
from distann.codegen.statements import assigned, lowered, named, used_names, written_names
from distann.codegen.symbols import AXONAL, LAST_SPIKE, REFRACTORY_LEFT
from distann.codegen.tree import constant, symbols

__all__ = ["lower_axon", "lower_neuron"]

ACTIVE = Symbol("active")  # a reserved name: no model can hide it

def lower_neuron(model: NeuronModel, default_method: str) -> Kernel | None:
    """Return the kernel that advances a population by one step; None when nothing changes in it.

    The order inside the step: equations of the whole population, equations of each neuron in the order of the text,
    the spike condition on the new values, the reset of those that spiked (LANGUAGE 2.4, 2.7).
    """
    scope = Scope([field.name for field in model.fields] + ["t", "dt", "pi"])
    draws = Draws(_invariant_names(model))
    body = _body(model, scope, draws, default_method)
    spike = _spike(model, draws)
    if model.axon_spike is not None:
        source = f"axon_spike: {format_expression(model.axon_spike)}"
        body.append(Set(AXONAL, named(draws.number(model.axon_spike)), source))
    draws.leave_loop()
    once = lowered(_of_axis(model, Axis.OBJECT), model, scope, draws, default_method)
    reset = _reset(model, draws)
    if not (once or body) and (spike is None or constant(spike) is False):
        return None
    once, body = hoist(once, body, _invariant_names(model), scope)
    used = used_names(once, body, reset, spike).union(*(symbols(rate) for rate in draws.rates))
    return Kernel(
        name=f"{model.name}_update",
        loop=Loop.FOR_EACH_NEURON,
        fields=tuple(field for field in model.fields if field.name in used),
        once=tuple(once),
        body=tuple(body),
        spike=spike,
        reset=tuple(reset),
        uniforms=draws.uniforms,
        normals=draws.normals,
        rates=tuple(draws.rates),
        writes=written_names(once, body, reset),
    )


def lower_axon(model: NeuronModel) -> Kernel | None:
    """Return the kernel that emits axonal spikes, after the update has told which; None for a neuron without.

    Both conditions see what the equations have given; the axonal reset comes after that of spikes, in rest as well.
    """
    if model.axon_spike is None:
        return None
    draws = Draws()
    draws.leave_loop()
    reset = _assigned(model.axon_reset, draws)
    used = used_names((), (), reset, Symbol(AXONAL))
    return Kernel(
        name=f"{model.name}_axon",
        loop=Loop.FOR_EACH_NEURON,
        fields=tuple(field for field in model.fields if field.name in used),
        spike=Symbol(AXONAL),
        reset=tuple(reset),
        writes=written_names((), (), reset),
    )


def _body(model: NeuronModel, scope: Scope, draws: Draws, default_method: str) -> list[Let | Set]:
    statements: list[Let | Set] = []
    active: Symbol | None = None
    if model.refractory is not None:
        active = ACTIVE
        left = Symbol(REFRACTORY_LEFT)
        statements.append(Let(active.name, Compare("<=", left, Number(0.0)), Type.BOOL))
        counted = Select(active, left, Binary("-", left, Number(1.0)))
        statements.append(Set(REFRACTORY_LEFT, counted))
    local = lowered(_of_axis(model, Axis.NEURON), model, scope, draws, default_method)
    statements += [_masked(statement, active) for statement in local]
    if model.spiking:
        inputs = (field.name for field in model.fields if field.role is Role.INPUT)
        statements += [Set(name, Number(0.0), f"{name} = 0 (the input of one step)") for name in inputs]
    return statements


def _of_axis(model: NeuronModel, axis: Axis) -> list[Statement]:
    fields = {field.name: field for field in model.fields}
    return [statement for statement in model.equations if fields[statement.name].axis is axis]


def _masked(statement: Let | Set, active: Symbol | None) -> Let | Set:
    """A refractory neuron keeps its variables; its conductances go on (LANGUAGE 2.4)."""
    if active is None or isinstance(statement, Let) or statement.name.startswith("g_"):
        return statement
    return replace(statement, value=Select(active, statement.value, Symbol(statement.name)))


def _spike(model: NeuronModel, draws: Draws) -> Expression | None:
    if model.spike is None:
        return None
    condition = named(draws.number(model.spike))
    # The mask is that of the step's beginning: counting down does not end it early.
    return condition if model.refractory is None else Logic("and", ACTIVE, condition)


def _reset(model: NeuronModel, draws: Draws) -> list[Let | Set]:
    statements = _assigned(model.reset, draws)
    if model.refractory is not None:
        # Whole steps; the small number keeps 0.3 / 0.1 at 3, in single precision too.
        period = named(draws.number(model.refractory))
        steps = Binary("+", Binary("/", period, Symbol("dt")), Number(1e-4))
        statements.append(Set(REFRACTORY_LEFT, Call("floor", (steps,))))
    if model.field(LAST_SPIKE) is not None:
        statements.append(Set(LAST_SPIKE, Symbol("t")))
    return statements


def _assigned(block: Block, draws: Draws) -> list[Let | Set]:
    return [
        Set(statement.name, named(draws.number(assigned(statement))), statement.span.text)
        for statement in block
        if isinstance(statement, Assignment)
    ]


def _invariant_names(model: NeuronModel) -> set[str]:
    return {field.name for field in model.fields if field.axis is Axis.OBJECT} | {"t", "dt", "pi"}
