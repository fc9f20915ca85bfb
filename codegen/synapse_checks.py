"""Every refusal of a synapse that can be read but makes no sense, in one flat list."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import NoReturn

from distann.codegen.checks import (
    METHODS,
    all_expressions,
    refuse,
    refuse_flags,
    refuse_unknown,
    refuse_variables_in_initial,
)
from distann.codegen.ir import Axis, Field, NeuronModel, Reduction, Role, SynapseModel
from distann.codegen.nodes import Assignment, Draw, Equation, Expression, InputSum, Side, Statement, Symbol
from distann.codegen.tree import walk
from distann.codegen.units import check_units
from distann.errors import EquationError, UnsupportedError, closest
from distann.model import Synapse


def refuse_unsupported_synapse(synapse: Synapse, name: str) -> None:
    """Say which parts of a synapse are not offered, or need spikes."""
    if synapse.post_spike and not synapse.spiking:
        raise UnsupportedError(
            f"{name}: post_spike needs pre_spike, which makes the synapse a spiking one; "
            "if a spike transmits nothing, write pre_spike=\"g_target += 0.0\"."
        )


def check_synapse(model: SynapseModel) -> None:
    """Refuse what a synapse cannot be."""
    for field in model.fields:
        _check_initial(field, model)
    known = [field.name for field in model.fields]
    if model.psp is not None:
        _refuse_target(model.psp)
        refuse_unknown(model.psp, known)
        _refuse_random(model.psp)
    for statement in model.equations:
        _check_equation(statement, model, known)
    for block in ("pre_spike", "post_spike", "pre_axon_spike"):
        for statement in getattr(model, block):
            _check_spike_statement(statement, model, block, known)
    check_units(model.statements, (), model.fields)


def _check_initial(field: Field, model: SynapseModel) -> None:
    refuse_variables_in_initial(field, model.fields)
    if isinstance(field.initial, Draw) and field.axis is not Axis.SYNAPSE:
        refuse("what synapses share starts with a number", field.initial.span, "remove the flag, or write a number.")


def _refuse_target(psp: Expression) -> None:
    for node in walk(psp):
        if node == Symbol("g_target"):
            hint = "write post.g_exc for the target 'exc', or post.sum(exc)."
            refuse("g_target grows as psp is summed", node.span, hint)


def _refuse_random(expression: Expression) -> None:
    for node in walk(expression):
        if isinstance(node, Draw):
            refuse(
                "random numbers in psp would be drawn anew for each sum", node.span,
                "draw them in an equation of the synapse, and use its variable here.",
            )  # fmt: skip


SHOWN = (Role.PARAMETER, Role.VARIABLE, Role.RATE)  # what synapses see of neurons

# What a value may depend on, and how that is called.
COARSER = {
    Axis.OBJECT: ("the projection", (Axis.OBJECT,), ()),
    Axis.NEURON: ("each postsynaptic neuron", (Axis.OBJECT, Axis.NEURON), (Side.POST,)),
}


def _check_equation(statement: Statement, model: SynapseModel, known: list[str]) -> None:
    _check_flags(statement, model)
    field = _own_field(statement, model)
    for expression, _ in all_expressions((statement,)):
        refuse_unknown(expression, known)
        if field.axis in COARSER:
            _refuse_finer(statement, expression, model, field.axis)


def _refuse_finer(statement: Statement, expression: Expression, model: SynapseModel, axis: Axis) -> None:
    owner, allowed, sides = COARSER[axis]
    axes = {other.name: other.axis for other in model.fields}
    reduced = [(side, reduction.name) for side, reduction in model.reductions]
    for node in walk(expression):
        side = getattr(node, "side", None)
        if isinstance(node, Symbol) and (side, node.name) in reduced:  # one number, whoever asks
            continue
        finer = isinstance(node, Symbol) and side is None and axes.get(node.name, Axis.OBJECT) not in allowed
        if finer or (side is not None and side not in sides):
            what = f"{side.value}.{node.name}" if side is not None and isinstance(node, Symbol) else "this"
            what = node.name if finer and isinstance(node, Symbol) else what
            refuse(
                f"'{statement.name}' is one value for {owner}, but '{what}' is not", node.span,
                f"remove the flag of '{statement.name}' that makes it one value for {owner}.",
            )  # fmt: skip


def _check_flags(statement: Statement, model: SynapseModel) -> None:
    refuse_flags(statement, ("population", "unless_refractory", "unless_post"))
    for flag in statement.flags:
        if flag.name == "event-driven" and not model.spiking:
            refuse("'event-driven' needs spikes", flag.span, "use exponential in a rate-coded synapse.")
        if isinstance(statement, Assignment) and (flag.name in METHODS or flag.name == "event-driven"):
            refuse(
                f"'{flag.name}' is a method for differential equations", flag.span,
                "remove it, or write d<name>/dt = ...",
            )  # fmt: skip


def refuse_changing_decay(equation: Equation, fields: Mapping[str, Field]) -> None:
    """What relaxes between events does so towards a constant, at a constant rate."""
    for expression in (equation.left, equation.right):
        for node in walk(expression):
            if isinstance(node, Draw | InputSum):
                refuse("an event-driven equation has no random or summed terms", node.span, "use exponential.")
            name = f"{node.side.value}.{node.name}" if isinstance(node, Symbol) and node.side else None
            name = node.name if isinstance(node, Symbol) and node.side is None else name
            field = fields.get(name) if name else None
            changing = name == "t" or (field is not None and field.role not in (Role.PARAMETER, Role.CONSTANT))
            if changing and name != equation.name:
                refuse(
                    f"an event-driven equation depends on parameters only, and '{name}' changes", node.span,
                    "use exponential, which is evaluated in each step.",
                )  # fmt: skip


def _check_spike_statement(statement: Statement, model: SynapseModel, block: str, known: list[str]) -> None:
    if isinstance(statement, Equation):
        refuse(f"{block} is made of assignments", statement.span, "write name = value.")
    allowed = ("min", "max", "unless_post") if block == "pre_spike" else ("min", "max")
    for flag in statement.flags:
        if flag.name not in allowed:
            refuse(f"'{flag.name}' has no meaning in {block}", flag.span, f"only {', '.join(allowed)} have.")
    for expression, _ in all_expressions((statement,)):
        refuse_unknown(expression, [*known, "g_target"])
    if statement.name == "g_target":
        return
    if _own_field(statement, model).axis is Axis.OBJECT:
        refuse(
            f"a spike at one synapse cannot change '{statement.name}', which all synapses share", statement.span,
            "remove the flag 'projection'.",
        )  # fmt: skip
    if block == "post_spike" and _own_field(statement, model).axis is Axis.NEURON:
        for expression, _ in all_expressions((statement,)):
            _refuse_finer(statement, expression, model, Axis.NEURON)
    if block != "post_spike" and _own_field(statement, model).axis is Axis.NEURON:
        refuse(
            f"a presynaptic spike cannot change '{statement.name}', which a neuron's synapses share", statement.span,
            "remove the flag 'postsynaptic'.",
        )  # fmt: skip


def _own_field(statement: Statement, model: SynapseModel) -> Field:
    field = model.field(statement.name)
    if field is None:
        names = [*(field.name for field in model.fields), "g_target"]
        refuse(f"unknown name '{statement.name}'", statement.span, closest(statement.name, names))
    return field


def check_sides(model: SynapseModel, pre: NeuronModel, post: NeuronModel) -> None:
    """A postsynaptic spike needs a neuron that spikes, an axonal one a neuron that has such."""
    if model.pre_axon_spike and pre.axon_spike is None:
        refuse(
            f"pre_axon_spike needs a presynaptic neuron with axonal spikes, and {pre.name} has no axon_spike",
            model.pre_axon_spike[0].span, "write pre_spike, or give the neuron a condition axon_spike.",
        )  # fmt: skip
    if model.post_spike and post.spike is None:
        kind = "has axonal spikes only" if post.spiking else "is rate-coded"
        refuse(
            f"post_spike needs a postsynaptic neuron that spikes, and {post.name} {kind}",
            model.post_spike[0].span, "remove post_spike, or give the neuron a spike condition.",
        )  # fmt: skip


def refuse_same_target(targets: tuple[str, ...]) -> None:
    """A projection sends once to each of its targets."""
    for target in targets:
        if targets.count(target) > 1:
            reason = f"a projection sends to the target '{target}' twice"
            raise EquationError(reason, block="target", suggestion="name each target once.")


def refuse_missing_attribute(
    side: Side, name: str, owner: NeuronModel, used: Iterable[Expression]
) -> NoReturn:
    """``pre.x`` and ``post.x`` must exist."""
    nodes = (node for expression in used for node in walk(expression))
    span = next((n.span for n in nodes if isinstance(n, Symbol) and n.side is side and n.name == name), None)
    names = [field.name for field in owner.fields if field.role in SHOWN]
    hint = closest(name, names) or f"it has: {', '.join(names)}."
    refuse(f"the {side.value}synaptic neuron {owner.name} has no attribute '{name}'", span, hint)


def check_reduction(
    model: SynapseModel, side: Side, reduction: Reduction, owner: NeuronModel, used: Iterable[Expression]
) -> None:
    """``mean(pre.x)`` needs an x that each neuron has."""
    names = [field.name for field in owner.fields if field.role in SHOWN and field.axis is Axis.NEURON]
    if reduction.variable in names:
        return
    nodes = (node for expression in used for node in walk(expression))
    wanted = (n.span for n in nodes if isinstance(n, Symbol) and (n.side, n.name) == (side, reduction.name))
    try:
        refuse(
            f"{reduction.operation}({side.value}.{reduction.variable}) is taken over what each neuron has, and "
            f"{owner.name} has no '{reduction.variable}' of each", next(wanted, None),
            closest(reduction.variable, names) or f"each has: {', '.join(names)}.",
        )  # fmt: skip
    except EquationError as error:
        raise error.within(model.name) from None
