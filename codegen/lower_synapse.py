"""From a synapse to its kernels."""

from __future__ import annotations

from dataclasses import replace

from distann.codegen import synapse_checks
from distann.codegen.ir import (
    Assignment,
    Axis,
    Block,
    Expression,
    Field,
    Kernel,
    Let,
    Loop,
    NeuronModel,
    Role,
    Set,
    Side,
    Symbol,
    SynapseModel,
)
from distann.codegen.statements import assigned, bounded, used_names, written_names
from distann.codegen.symbols import accesses
from distann.codegen.tree import rebuild, substitute, symbols

__all__ = ["lower_synapse"]


def lower_synapse(
    model: SynapseModel, pre: NeuronModel, post: NeuronModel, targets: tuple[str, ...]
) -> Kernel:
    """Return the kernel that transmits through a projection.

    Parameters
    ----------
    model : SynapseModel
    pre, post : NeuronModel
        The neurons on both sides: their attributes are what ``pre.x`` and ``post.x`` mean.
    targets : tuple of str
        Each receives the same.

    Raises
    ------
    EquationError
        ``pre.x`` or ``post.x`` does not exist, or a target is named twice.
    """
    synapse_checks.refuse_same_target(targets)
    inputs = [_input(name) for target in targets for name in post.inputs_of(target)]
    written = {field.name for field in inputs}
    sides = (field for field in _side_fields(model, pre, post) if field.name not in written)
    fields = [*model.fields, *sides]
    if model.psp is not None:
        return _gather(model, fields, inputs)
    return _deliver(model, fields, inputs)


def _qualified(expression: Expression) -> Expression:
    """``pre.r`` is the field of that name seen from the synapse."""

    def change(node: Expression) -> Expression:
        if isinstance(node, Symbol) and node.side is not None:
            return Symbol(f"{node.side.value}.{node.name}", span=node.span)
        return node

    return rebuild(expression, change)


def _side_fields(model: SynapseModel, pre: NeuronModel, post: NeuronModel) -> list[Field]:
    found = []
    for side, name in accesses(model):
        owner = pre if side is Side.PRE else post
        field = owner.field(name)
        if field is None or field.role in (Role.INTERNAL, Role.CONSTANT):
            synapse_checks.refuse_missing_attribute(side, name, owner, _text_of(model))
        axis = Axis.PRE if side is Side.PRE and field.axis is Axis.NEURON else field.axis
        found.append(replace(field, name=f"{side.value}.{name}", axis=axis, owner=side.value))
    return found


def _text_of(model: SynapseModel) -> tuple[Expression, ...]:
    values = [statement.value for statement in model.pre_spike if isinstance(statement, Assignment)]
    return (*values, *([model.psp] if model.psp is not None else []))


def _input(name: str) -> Field:
    return Field(f"post.{name}", Axis.NEURON, owner="post")


def _gather(model: SynapseModel, fields: list[Field], inputs: list[Field]) -> Kernel:
    assert model.psp is not None
    psp = _qualified(model.psp)
    used = symbols(psp)
    return Kernel(
        name=f"{model.name}_gather",
        loop=Loop.GATHER_ROWS,
        fields=(*(field for field in fields if field.name in used), *dict.fromkeys(inputs)),
        operation=model.operation,
        psp=psp,
        writes=tuple(field.name for field in inputs),
    )


def _deliver(model: SynapseModel, fields: list[Field], inputs: list[Field]) -> Kernel:
    own = {field.name: field for field in model.fields}
    # The transmission comes first, whatever the order of the text (LANGUAGE 2.5).
    ordered = sorted(_assignments(model.pre_spike), key=lambda statement: statement.name != "g_target")
    body: list[Let | Set] = []
    for statement in ordered:
        # With several targets, g_target is each of them in its own statement, and elsewhere the first.
        names = [field.name for field in inputs]
        for name in names if statement.name == "g_target" else names[:1]:
            change = _with_target(statement, name)
            body.append(_bounded_by_flags(change, own.get(change.name)))
    used = used_names((), body, (), None)
    return Kernel(
        name=f"{model.name}_deliver",
        loop=Loop.DELIVER_SPIKES,
        # Every variable of a synapse is stored, whether the transmission uses it or not.
        fields=(
            *(f for f in fields if f.name in used or f.axis is Axis.SYNAPSE),
            *(f for f in inputs if f.name in used),
        ),
        body=tuple(body),
        writes=written_names((), body, ()),
    )


def _assignments(block: Block) -> list[Assignment]:
    return [statement for statement in block if isinstance(statement, Assignment)]


def _with_target(statement: Assignment, target: str) -> Assignment:
    """Read ``g_target`` as the field of that target, ``pre.x`` and ``post.x`` as theirs."""

    def change(expression: Expression) -> Expression:
        return substitute(_qualified(expression), {"g_target": Symbol(target)})

    flags = tuple(
        replace(flag, value=None if flag.value is None else change(flag.value)) for flag in statement.flags
    )
    name = target if statement.name == "g_target" else statement.name
    return replace(statement, name=name, value=change(statement.value), flags=flags)


def _bounded_by_flags(statement: Assignment, field: Field | None) -> Let | Set:
    change = Set(statement.name, assigned(statement), statement.span.text)
    if field is None:
        return change
    flags = {flag.name: flag.value for flag in statement.flags}
    bounds = replace(field, minimum=flags.get("min", field.minimum), maximum=flags.get("max", field.maximum))
    return bounded(change, bounds)
