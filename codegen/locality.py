"""Which values of a synapse are really one a synapse.

Models are written as if all were. But a parameter that is one number for all synapses needs to be kept once, a trace of
presynaptic spikes is the same for all synapses that a neuron reaches after one delay, and a trace of postsynaptic
spikes the same for all that end on a neuron. Each is kept where it varies: the results are the same, a plastic synapse
is then as large as what only it knows, and its update as long.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from distann.codegen.checks import all_expressions
from distann.codegen.ir import Axis, Field, Role, SynapseModel
from distann.codegen.nodes import Draw, Equation, Expression, InputSum, Side, Statement, Symbol
from distann.codegen.tree import walk

__all__ = ["FIXED", "T_POST", "T_PRE", "event_driven", "localise"]

T_PRE, T_POST = "t_pre", "t_post"
FIXED = (Role.PARAMETER, Role.CONSTANT)  # no statement changes them


def event_driven(statement: Statement) -> bool:
    """Tell whether a statement is a differential equation that only events need."""
    return isinstance(statement, Equation) and any(flag.name == "event-driven" for flag in statement.flags)


def localise(model: SynapseModel, shared: frozenset[str], changeable: bool = False) -> SynapseModel:
    """Return the model with each value on the axis along which it varies.

    Parameters
    ----------
    model : SynapseModel
    shared : frozenset of str
        Names of the values that start as one number for all synapses.
    changeable : bool
        A synapse may be made at any time, and has seen no spike then, whatever its neurons have done before.
    """
    fields = {field.name: field for field in model.fields}
    for name in shared & fields.keys():
        if (fields[name].axis, fields[name].role) == (Axis.SYNAPSE, Role.PARAMETER):
            fields[name] = replace(fields[name], axis=Axis.OBJECT)
    if model.spiking and not changeable:
        _move(fields, model, shared, Axis.SEGMENT, Side.PRE, model.arriving)
        _move(fields, model, shared, Axis.NEURON, Side.POST, model.post_spike)
    if changeable and T_PRE in fields:
        fields[T_PRE] = replace(fields[T_PRE], axis=Axis.SYNAPSE)
    return replace(model, fields=tuple(fields.values()))


def _move(
    fields: dict[str, Field],
    model: SynapseModel,
    shared: frozenset[str],
    axis: Axis,
    side: Side,
    block: Iterable[Statement],
) -> None:
    """Move the variables that `block` alone changes, by what is known on that side, to `axis`."""
    elsewhere = {s.name for s in (*model.arriving, *model.post_spike) if s not in block}
    elsewhere |= {s.name for s in model.equations if not event_driven(s)}
    moving = {
        field.name
        for field in fields.values()
        if field.axis is Axis.SYNAPSE
        and field.role is Role.VARIABLE
        and field.name in shared - elsewhere - {"w"}
    }
    statements = [s for s in (*model.equations, *block) if s.name in moving]
    while stay := {s.name for s in statements if s.name in moving and not _known(s, fields, moving, axis, side)}:
        moving -= stay
    for name in moving:
        fields[name] = replace(fields[name], axis=axis)


def _known(statement: Statement, fields: dict[str, Field], moving: set[str], axis: Axis, side: Side) -> bool:
    """Tell whether a statement computes the same for all synapses that share a value of that axis."""
    field = fields[statement.name]
    expressions = [expression for expression, _ in all_expressions((statement,))]
    expressions += [bound for bound in (field.minimum, field.maximum) if bound is not None]
    if any(flag.name == "unless_post" for flag in statement.flags):
        return False
    known = _names_known(fields, moving, axis, constant=isinstance(statement, Equation))
    own_time = T_PRE if side is Side.PRE else T_POST
    return all(_same(node, known | {statement.name, own_time}, side) for e in expressions for node in walk(e))


def _names_known(fields: dict[str, Field], moving: set[str], axis: Axis, constant: bool) -> set[str]:
    """What relaxes between events does so by constants only."""
    axes = (Axis.OBJECT,) if axis is Axis.SEGMENT else (Axis.OBJECT, Axis.NEURON)
    shared = (field for field in fields.values() if field.axis in axes)
    names = {field.name for field in shared if field.role in FIXED or not constant}
    return names | {"dt", "pi"} | (set() if constant else {"t"} | moving)


def _same(node: Expression, known: set[str], side: Side) -> bool:
    if isinstance(node, Draw | InputSum):
        return False
    return not isinstance(node, Symbol) or (node.name in known if node.side is None else node.side is side)

