"""What a synapse sees of its two neurons: ``pre.x``, ``post.x``, the input ``g_target``."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace

from distann.codegen import synapse_checks
from distann.codegen.ir import Axis, Field, NeuronModel, Role, SynapseModel, sum_name
from distann.codegen.nodes import Equation, Expression, InputSum, Side, Statement, Symbol
from distann.codegen.symbols import accesses, synapse_expressions
from distann.codegen.tree import rebuild, substitute

__all__ = ["input_fields", "qualified", "qualified_statement", "side_fields", "with_reductions"]


def qualified(expression: Expression) -> Expression:
    """``pre.r`` is the field of that name seen from the synapse."""

    def change(node: Expression) -> Expression:
        if isinstance(node, Symbol) and node.side is not None:
            return Symbol(f"{node.side.value}.{node.name}", span=node.span)
        if isinstance(node, InputSum) and node.side is not None:
            return Symbol(f"{node.side.value}.{sum_name(node.target)}", span=node.span)
        return node

    return rebuild(expression, change)


def qualified_statement(statement: Statement, target: str = "") -> Statement:
    """Read ``pre.x`` and ``post.x`` by the names of their fields, and ``g_target`` as the field `target`."""

    def change(expression: Expression) -> Expression:
        return substitute(qualified(expression), {"g_target": Symbol(target)} if target else {})

    flags = tuple(
        replace(flag, value=None if flag.value is None else change(flag.value)) for flag in statement.flags
    )
    if isinstance(statement, Equation):
        return replace(statement, left=change(statement.left), right=change(statement.right), flags=flags)
    name = target if statement.name == "g_target" else statement.name
    return replace(statement, name=name, value=change(statement.value), flags=flags)


def input_fields(post: NeuronModel, targets: tuple[str, ...]) -> list[Field]:
    """Return the fields that a projection adds to."""
    synapse_checks.refuse_same_target(targets)
    names = [name for target in targets for name in post.inputs_of(target)]
    return [Field(f"post.{name}", Axis.NEURON, owner="post") for name in names]


def with_reductions(
    neurons: Sequence[NeuronModel], joined: Iterable[tuple[SynapseModel, int, int]]
) -> tuple[NeuronModel, ...]:
    """Return the neurons of a network, with what synapses ask of whole populations.

    Parameters
    ----------
    neurons : sequence of NeuronModel
        One a population.
    joined : iterable of (SynapseModel, int, int)
        Of each projection, with the numbers of its presynaptic and of its postsynaptic population.

    Raises
    ------
    EquationError
        When there is nothing of that name that each neuron has.
    """
    found = list(neurons)
    for synapse, pre, post in joined:
        for side, reduction in synapse.reductions:
            number = pre if side is Side.PRE else post
            neuron = found[number]
            synapse_checks.check_reduction(synapse, side, reduction, neuron, synapse_expressions(synapse))
            if reduction not in neuron.reductions:
                whole = Field(reduction.name, Axis.OBJECT, role=Role.INTERNAL)
                found[number] = replace(
                    neuron, fields=(*neuron.fields, whole), reductions=(*neuron.reductions, reduction)
                )
    return tuple(found)


def side_fields(model: SynapseModel, pre: NeuronModel, post: NeuronModel) -> list[Field]:
    """Return the attributes of both neurons that a synapse reads.

    Raises
    ------
    EquationError
        When one does not exist.
    """
    found, reduced = [], {(side, reduction.name) for side, reduction in model.reductions}
    for side, name in accesses(model):
        owner = pre if side is Side.PRE else post
        field = owner.field(name)
        if field is None or (field.role in (Role.INTERNAL, Role.CONSTANT) and (side, name) not in reduced):
            synapse_checks.refuse_missing_attribute(side, name, owner, synapse_expressions(model))
        axis = Axis.PRE if side is Side.PRE and field.axis is Axis.NEURON else field.axis
        found.append(replace(field, name=f"{side.value}.{name}", axis=axis, owner=side.value))
    return found
