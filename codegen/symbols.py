"""What the names of a model mean: from statements to fields with an axis, a type, a role and an initial value."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import fields, replace
from functools import lru_cache
from typing import TypeGuard

from distann.codegen import checks, synapse_checks
from distann.codegen.definitions import Definitions, Functions
from distann.codegen.ir import Axis, Field, NeuronModel, Role, SynapseModel, Type, sum_name
from distann.codegen.locality import T_POST, T_PRE, localise
from distann.codegen.nodes import (
    Assignment,
    Binary,
    Equation,
    Expression,
    InputSum,
    Number,
    Side,
    Statement,
    Symbol,
    Unary,
)
from distann.codegen.resolve import Reductions, unquoted, with_noise, with_values
from distann.codegen.structural import check_rules, read_rule, rule_expressions
from distann.codegen.syntax import parse_block, parse_expression, parse_parameters
from distann.codegen.tree import walk
from distann.errors import EquationError
from distann.model import Neuron, Synapse

__all__ = [
    "AXONAL", "LAST_SPIKE", "NOTHING", "REFRACTORY_LEFT", "accesses", "analyse_neuron", "analyse_synapse",
    "synapse_expressions",
]  # fmt: skip

REFRACTORY_LEFT = "refractory left"  # steps for which the neuron stays so; no name of a user's has a blank
AXONAL = "axonal spike"  # whether the neuron emits one in this step
LAST_SPIKE = "t_last"
LONG_AGO = Binary("*", Unary("-", Number(10000.0)), Symbol("dt"))  # when what has not spiked yet did so
# Localities that mean nothing to parameters of a neuron, and of a synapse.
FOREIGN_FLAGS = {Axis.NEURON: ("projection", "postsynaptic"), Axis.SYNAPSE: ("population",)}


NOTHING = Definitions()


@lru_cache(maxsize=256)
def analyse_neuron(neuron: Neuron, definitions: Definitions = NOTHING) -> NeuronModel:
    """Resolve and check a neuron.

    Parameters
    ----------
    neuron : Neuron
    definitions : Definitions
        The network's functions and constants.

    Raises
    ------
    EquationError
        With the user's line and a caret.
    """
    name = neuron.name or type(neuron).__name__
    try:
        return _analyse_neuron(neuron, name, definitions)
    except EquationError as error:
        raise error.within(name) from None


def _analyse_neuron(neuron: Neuron, name: str, definitions: Definitions) -> NeuronModel:
    functions = Functions(definitions, neuron.functions or "", _texts(neuron))
    equations = _read_block(neuron, neuron.equations, "equations", functions)
    reset, axon_reset = (
        parse_block(getattr(neuron, block) or "", block, functions) for block in ("reset", "axon_reset")
    )
    spike, axon_spike = (_condition(neuron, block, functions) for block in ("spike", "axon_spike"))
    refractory, extra = _refractory(neuron, functions)
    declared = _declare(neuron, equations, Axis.NEURON, functions)
    checks.refuse_defined_twice([*declared, *extra])
    names = [field.name for field in declared]
    reductions = Reductions([field.name for field in declared if field.axis is Axis.NEURON])
    equations = reductions.over_block(with_noise(equations, names))
    reset, axon_reset = reductions.over_block(reset), reductions.over_block(axon_reset)
    spike, axon_spike, refractory = (
        None if e is None else reductions.read(e) for e in (spike, axon_spike, refractory)
    )
    used = [
        *_expressions((*equations, *reset, *axon_reset)),
        *(e for e in (spike, axon_spike, refractory) if e is not None),
    ]
    inputs = _inputs(used, declared, neuron.spiking)
    internals = _internals(used, neuron)
    whole = tuple(Field(found.name, Axis.OBJECT, role=Role.INTERNAL) for found in reductions.found)
    constants = _constants([*used, *_initials(declared)], names, definitions)
    rate = [Field("r", Axis.NEURON, role=Role.RATE)] if neuron.spiking and "r" not in names else []
    model = NeuronModel(
        name, neuron.spiking, (*constants, *declared, *extra, *inputs, *rate, *internals, *whole), equations, reset,
        spike, refractory, _targets(used, declared, neuron.spiking), functions.own, reductions.found, axon_spike,
        axon_reset,
    )  # fmt: skip
    checks.check_neuron(model)
    return model


def _condition(neuron: Neuron, block: str, functions: Functions) -> Expression | None:
    text = getattr(neuron, block)
    return parse_expression(text, block, functions) if text else None


def _texts(model: Neuron | Synapse) -> list[str]:
    """Return all that the user wrote in a model; its names and description are not read."""
    parts = (getattr(model, field.name) for field in fields(model) if field.name not in ("name", "description"))
    return [part for part in parts if isinstance(part, str)]


def _read_block(model: Neuron | Synapse, text: str, block: str, functions: Functions) -> tuple[Statement, ...]:
    statements = parse_block(unquoted(text, model.extra_values), block, functions)
    return with_values(statements, model.extra_values, functions)


def _refractory(neuron: Neuron, functions: Functions) -> tuple[Expression | None, tuple[Field, ...]]:
    """A number becomes a parameter named ``refractory``; a text is an expression."""
    if neuron.refractory is None:
        return None, ()
    if isinstance(neuron.refractory, str):
        return parse_expression(neuron.refractory, "refractory", functions), ()
    initial = Number(float(neuron.refractory))
    return Symbol("refractory"), (Field("refractory", Axis.NEURON, role=Role.PARAMETER, initial=initial),)


def _constants(
    used: Iterable[Expression], declared: Iterable[str], definitions: Definitions
) -> tuple[Field, ...]:
    """Fields of the network's constants that a model reads; a name of the model's own hides a constant."""
    own = set(declared)
    read = {node.name for e in used for node in walk(e) if isinstance(node, Symbol) and node.side is None}
    names = (name for name in definitions.constants if name in read and name not in own)
    return tuple(Field(name, Axis.OBJECT, role=Role.CONSTANT) for name in names)


def _initials(fields: Iterable[Field]) -> list[Expression]:
    return [field.initial for field in fields if field.initial is not None]


def _declare(
    model: Neuron | Synapse, equations: Iterable[Statement], local: Axis, functions: Functions
) -> tuple[Field, ...]:
    text = unquoted(model.parameters, model.extra_values)
    declared = with_values(parse_parameters(text, functions=functions), model.extra_values, functions)
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
    unit, dimension = flags["unit"].unit or ("", None) if "unit" in flags else ("", None)
    return Field(
        statement.name, axis, kind, role, values["init"], values["min"], values["max"], span=statement.span,
        unit=unit, dimension=dimension,
    )  # fmt: skip


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
        if isinstance(node, InputSum) and not spiking and node.target:
            found[node.target] = None
        elif _is_conductance(node) and spiking and node.name not in parameters:
            found[node.name[2:]] = None
    return tuple(found)


def _is_conductance(node: Expression) -> TypeGuard[Symbol]:
    return isinstance(node, Symbol) and node.side is None and node.name.startswith("g_")


def _inputs(used: list[Expression], declared: tuple[Field, ...], spiking: bool) -> tuple[Field, ...]:
    """Fields that collect input and have no statement of their own."""
    names = [f"g_{target}" if spiking else sum_name(target) for target in _targets(used, declared, spiking)]
    if not spiking and any(InputSum("") in walk(expression) for expression in used):
        names.append(sum_name(""))
    known = {field.name for field in declared}
    return tuple(Field(name, Axis.NEURON, role=Role.INPUT) for name in names if name not in known)


def _internals(used: Iterable[Expression], neuron: Neuron) -> tuple[Field, ...]:
    fields = []
    if neuron.refractory is not None:
        fields.append(Field(REFRACTORY_LEFT, Axis.NEURON, role=Role.INTERNAL))
    if neuron.axon_spike is not None:
        fields.append(Field(AXONAL, Axis.NEURON, Type.BOOL, Role.INTERNAL))
    if neuron.spiking and any(Symbol(LAST_SPIKE) in walk(expression) for expression in used):
        fields.append(Field(LAST_SPIKE, Axis.NEURON, role=Role.INTERNAL, initial=LONG_AGO))
    return tuple(fields)


@lru_cache(maxsize=256)
def analyse_synapse(
    synapse: Synapse,
    shared: frozenset[str] = frozenset(),
    definitions: Definitions = NOTHING,
    changeable: bool = False,
) -> SynapseModel:
    """Resolve and check a synapse.

    Parameters
    ----------
    synapse : Synapse
    shared : frozenset of str
        Names of the parameters and variables that start as one number for all synapses of the projection.
    definitions : Definitions
        The network's functions and constants.
    changeable : bool
        Synapses come and go, so that each has its own values.

    Raises
    ------
    EquationError
        With the user's line and a caret.
    """
    name = synapse.name or type(synapse).__name__
    try:
        return localise(_analyse_synapse(synapse, name, definitions), shared, changeable)
    except EquationError as error:
        raise error.within(name) from None


def _analyse_synapse(synapse: Synapse, name: str, definitions: Definitions) -> SynapseModel:
    synapse_checks.refuse_unsupported_synapse(synapse, name)
    functions = Functions(definitions, synapse.functions or "", _texts(synapse))
    equations = _read_block(synapse, synapse.equations, "equations", functions)
    pre_spike, post_spike, pre_axon_spike = (
        parse_block(getattr(synapse, block) or "", block, functions)
        for block in ("pre_spike", "post_spike", "pre_axon_spike")
    )
    text = synapse.psp or (None if synapse.spiking else "w * pre.r")
    psp = None if text is None else parse_expression(text, "psp", functions)
    declared = _declare(synapse, equations, Axis.SYNAPSE, functions)
    checks.refuse_defined_twice(declared)
    reductions = Reductions()
    equations, pre_spike, post_spike, pre_axon_spike = (
        reductions.over_block(block)
        for block in (with_noise(equations, [field.name for field in declared]), pre_spike, post_spike, pre_axon_spike)
    )
    psp = None if psp is None else reductions.read(psp)
    written = {statement.name for statement in (*pre_spike, *post_spike, *pre_axon_spike)}
    fields = [replace(field, role=Role.VARIABLE) if field.name in written else field for field in declared]
    if all(field.name != "w" for field in fields):
        role = Role.VARIABLE if "w" in written else Role.PARAMETER
        fields.append(Field("w", Axis.SYNAPSE, role=role))
    blocks = _expressions((*equations, *pre_spike, *post_spike, *pre_axon_spike))
    creating, pruning = (
        read_rule(getattr(synapse, block), block, functions, reductions.read) for block in ("creating", "pruning")
    )
    used = [*blocks, *([psp] if psp is not None else []), *_initials(fields), *rule_expressions(creating, pruning)]
    fields = [*_constants(used, [field.name for field in fields], definitions), *fields]
    model = SynapseModel(
        name, synapse.spiking, tuple(fields), psp, synapse.operation, equations, pre_spike, post_spike, functions.own,
        pre_axon_spike, reductions.of_sides, creating, pruning,
    )  # fmt: skip
    model = replace(model, fields=(*model.fields, *_spike_times(model)))
    synapse_checks.check_synapse(model)
    check_rules(model)
    return model


def _spike_times(model: SynapseModel) -> list[Field]:
    """Declare ``t_pre`` and ``t_post`` where they are used."""
    used = {node.name for e in synapse_expressions(model) for node in walk(e) if isinstance(node, Symbol)}
    if any(flag.name == "unless_post" for statement in model.pre_spike for flag in statement.flags):
        used |= {T_PRE, T_POST}
    axes = {T_PRE: Axis.SEGMENT, T_POST: Axis.NEURON}
    return [
        Field(name, axis, role=Role.INTERNAL, initial=LONG_AGO)
        for name, axis in axes.items()
        if name in used and model.spiking
    ]


def synapse_expressions(model: SynapseModel) -> list[Expression]:
    """Return all that a synapse computes."""
    blocks = _expressions(model.statements)
    return [*blocks, *([model.psp] if model.psp is not None else []), *rule_expressions(model.creating, model.pruning)]


def accesses(model: SynapseModel) -> tuple[tuple[Side, str], ...]:
    """Return the attributes ``pre.x`` and ``post.x`` that a synapse reads, in order of appearance."""
    found: dict[tuple[Side, str], None] = {}
    for node in (node for expression in synapse_expressions(model) for node in walk(expression)):
        if isinstance(node, Symbol) and node.side is not None:
            found[node.side, node.name] = None
        elif isinstance(node, InputSum) and node.side is not None:
            found[node.side, sum_name(node.target)] = None
    return tuple(found)
