"""What the names of a model mean: from statements to fields with an axis, a type, a role and an initial value."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from functools import lru_cache
from typing import TypeGuard

from distann.codegen import checks, synapse_checks
from distann.codegen.ir import (
    Assignment,
    Axis,
    Binary,
    Equation,
    Expression,
    Field,
    InputSum,
    NeuronModel,
    Number,
    Role,
    Side,
    Statement,
    Symbol,
    SynapseModel,
    Type,
    Unary,
    sum_name,
)
from distann.codegen.syntax import parse_block, parse_expression, parse_parameters
from distann.codegen.tree import constant, walk
from distann.errors import EquationError
from distann.model import Neuron, Synapse

__all__ = ["LAST_SPIKE", "REFRACTORY_LEFT", "accesses", "analyse_neuron", "analyse_synapse", "initial_number"]

REFRACTORY_LEFT = "refractory left"  # steps for which the neuron stays so; no name of a user's has a blank
LAST_SPIKE = "t_last"
# Localities that mean nothing to parameters of a neuron, and of a synapse.
FOREIGN_FLAGS = {Axis.NEURON: ("projection", "postsynaptic"), Axis.SYNAPSE: ("population",)}


@lru_cache(maxsize=256)
def analyse_neuron(neuron: Neuron) -> NeuronModel:
    """Resolve and check a neuron.

    Raises
    ------
    EquationError
        With the user's line and a caret.
    """
    name = neuron.name or type(neuron).__name__
    try:
        return _analyse_neuron(neuron, name)
    except EquationError as error:
        raise error.within(name) from None


def _analyse_neuron(neuron: Neuron, name: str) -> NeuronModel:
    equations = parse_block(neuron.equations, "equations")
    reset = parse_block(neuron.reset or "", "reset")
    spike = parse_expression(neuron.spike, "spike") if neuron.spike else None
    refractory, extra = _refractory(neuron)
    declared = _declare(neuron.parameters, equations, Axis.NEURON)
    checks.refuse_defined_twice([*declared, *extra])
    used = [
        *_expressions(equations),
        *_expressions(reset),
        *(e for e in (spike, refractory) if e is not None),
    ]
    inputs = _inputs(used, declared, neuron.spiking)
    internals = _internals(used, neuron)
    model = NeuronModel(
        name, neuron.spiking, (*declared, *extra, *inputs, *internals), equations, reset, spike, refractory,
        _targets(used, declared, neuron.spiking),
    )  # fmt: skip
    checks.check_neuron(model)
    return model


def _refractory(neuron: Neuron) -> tuple[Expression | None, tuple[Field, ...]]:
    """A number becomes a parameter named ``refractory``; a text is an expression."""
    if neuron.refractory is None:
        return None, ()
    if isinstance(neuron.refractory, str):
        return parse_expression(neuron.refractory, "refractory"), ()
    initial = Number(float(neuron.refractory))
    return Symbol("refractory"), (Field("refractory", Axis.NEURON, role=Role.PARAMETER, initial=initial),)


def _declare(parameters: str, equations: Iterable[Statement], local: Axis) -> tuple[Field, ...]:
    declared = parse_parameters(parameters)
    for statement in declared:
        checks.refuse_flags(statement, FOREIGN_FLAGS[local])
    fields = [_field(statement, Role.PARAMETER, local) for statement in declared]
    fields += [_field(statement, Role.VARIABLE, local) for statement in _defining(equations)]
    return tuple(fields)


def _defining(equations: Iterable[Statement]) -> list[Statement]:
    """Leave out changes such as ``x += 1`` of what another statement defines."""
    statements = list(equations)
    changes = [isinstance(s, Assignment) and s.operator != "=" and not s.flags for s in statements]
    defined = {s.name for s, changing in zip(statements, changes, strict=True) if not changing}
    return [s for s, changing in zip(statements, changes, strict=True) if not (changing and s.name in defined)]


def _field(statement: Statement, role: Role, local: Axis) -> Field:
    flags = {flag.name: flag for flag in statement.flags}
    axis = Axis.OBJECT if flags.keys() & {"population", "projection"} else local
    if "postsynaptic" in flags:
        axis = Axis.NEURON
    kind = next((Type(name) for name in ("int", "bool", "float") if name in flags), Type.FLOAT)
    values = {name: flags[name].value if name in flags else None for name in ("init", "min", "max")}
    if role is Role.PARAMETER:
        assert isinstance(statement, Assignment)
        values["init"] = statement.value
    return Field(
        statement.name, axis, kind, role, values["init"], values["min"], values["max"], span=statement.span
    )


def _expressions(block: Iterable[Statement]) -> list[Expression]:
    found: list[Expression] = []
    for statement in block:
        found += [statement.left, statement.right] if isinstance(statement, Equation) else [statement.value]
        found += [flag.value for flag in statement.flags if flag.value is not None]
    return found


def _targets(used: Iterable[Expression], declared: Iterable[Field], spiking: bool) -> tuple[str, ...]:
    """Targets in order of appearance. A parameter such as ``g_Na`` receives nothing."""
    parameters = {field.name for field in declared if field.role is Role.PARAMETER}
    found: dict[str, None] = {}
    for node in (node for expression in used for node in walk(expression)):
        if isinstance(node, InputSum) and not spiking:
            found[node.target] = None
        elif _is_conductance(node) and spiking and node.name not in parameters:
            found[node.name[2:]] = None
    return tuple(found)


def _is_conductance(node: Expression) -> TypeGuard[Symbol]:
    return isinstance(node, Symbol) and node.side is None and node.name.startswith("g_")


def _inputs(used: list[Expression], declared: tuple[Field, ...], spiking: bool) -> tuple[Field, ...]:
    """Fields that collect input and have no statement of their own."""
    names = [f"g_{target}" if spiking else sum_name(target) for target in _targets(used, declared, spiking)]
    known = {field.name for field in declared}
    return tuple(Field(name, Axis.NEURON, role=Role.INPUT) for name in names if name not in known)


def _internals(used: Iterable[Expression], neuron: Neuron) -> tuple[Field, ...]:
    fields = []
    if neuron.refractory is not None:
        fields.append(Field(REFRACTORY_LEFT, Axis.NEURON, role=Role.INTERNAL))
    if neuron.spiking and any(Symbol(LAST_SPIKE) in walk(expression) for expression in used):
        long_ago = Binary("*", Unary("-", Number(10000.0)), Symbol("dt"))
        fields.append(Field(LAST_SPIKE, Axis.NEURON, role=Role.INTERNAL, initial=long_ago))
    return tuple(fields)


@lru_cache(maxsize=256)
def analyse_synapse(synapse: Synapse, shared_weight: bool = False) -> SynapseModel:
    """Resolve and check a synapse.

    Parameters
    ----------
    synapse : Synapse
    shared_weight : bool
        All synapses of the projection have the same weight, which nothing changes: ``w`` is one value.

    Raises
    ------
    EquationError
        With the user's line and a caret.
    """
    name = synapse.name or type(synapse).__name__
    try:
        return _analyse_synapse(synapse, name, shared_weight)
    except EquationError as error:
        raise error.within(name) from None


def _analyse_synapse(synapse: Synapse, name: str, shared_weight: bool) -> SynapseModel:
    synapse_checks.refuse_unsupported_synapse(synapse, name)
    pre_spike = parse_block(synapse.pre_spike or "", "pre_spike")
    psp = None if synapse.spiking else parse_expression(synapse.psp or "w * pre.r", "psp")
    declared = _declare(synapse.parameters, (), Axis.SYNAPSE)
    checks.refuse_defined_twice(declared)
    written = {statement.name for statement in pre_spike}
    fields = [replace(field, role=Role.VARIABLE) if field.name in written else field for field in declared]
    if all(field.name != "w" for field in fields):
        shared = shared_weight and "w" not in written
        fields.append(Field("w", Axis.OBJECT if shared else Axis.SYNAPSE, role=Role.PARAMETER))
    model = SynapseModel(name, synapse.spiking, tuple(fields), psp, synapse.operation, pre_spike)
    synapse_checks.check_synapse(model)
    return model


def accesses(model: SynapseModel) -> tuple[tuple[Side, str], ...]:
    """Return the attributes ``pre.x`` and ``post.x`` that a synapse reads, in order of appearance."""
    used = [*_expressions(model.pre_spike), *([model.psp] if model.psp is not None else [])]
    nodes = (node for expression in used for node in walk(expression))
    return tuple(
        dict.fromkeys((n.side, n.name) for n in nodes if isinstance(n, Symbol) and n.side is not None)
    )


def initial_number(field: Field) -> float | None:
    """Return the initial value when it is a plain number (0 when none was given), else None."""
    return 0.0 if field.initial is None else constant(field.initial)
