"""Every refusal of a synapse that can be read but makes no sense, in one flat list."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NoReturn

from distann.codegen.checks import all_expressions, refuse, refuse_unknown, refuse_variables_in_initial
from distann.codegen.ir import (
    Axis,
    Draw,
    Equation,
    Expression,
    Field,
    InputSum,
    NeuronModel,
    Role,
    Side,
    Statement,
    Symbol,
    SynapseModel,
)
from distann.codegen.tree import walk
from distann.errors import EquationError, UnsupportedError, closest
from distann.model import Synapse


def refuse_unsupported_synapse(synapse: Synapse, name: str) -> None:
    """Say which parts of a synapse cannot be combined or are not offered."""
    if synapse.equations.strip():
        raise UnsupportedError(
            f"{name}: synapses with equations are not supported; use parameters, psp and pre_spike."
        )
    for part in ("post_spike", "pre_axon_spike", "pruning", "creating"):
        if getattr(synapse, part):
            raise UnsupportedError(
                f"{name}: synapses with {part} are not supported; use parameters, psp and pre_spike."
            )
    if synapse.spiking and synapse.psp:
        raise UnsupportedError(f"{name}: a synapse transmits by pre_spike or by psp, not by both.")


def check_synapse(model: SynapseModel) -> None:
    """Refuse what a synapse cannot be."""
    known = [field.name for field in model.fields]
    for field in model.fields:
        refuse_variables_in_initial(field, model.fields)
        _check_synapse_initial(field)
    if model.psp is not None:
        refuse_unknown(model.psp, known)
        _refuse_draws(model.psp)
    for expression, _ in all_expressions(model.pre_spike):
        refuse_unknown(expression, [*known, "g_target"])
        _refuse_draws(expression)
        _refuse_pre(expression)
    for statement in model.pre_spike:
        _check_pre_spike(statement, model)


def _check_synapse_initial(field: Field) -> None:
    if isinstance(field.initial, Draw) and field.axis is not Axis.SYNAPSE:
        refuse("what synapses share starts with a number", field.initial.span, "remove the flag, or write a number.")
    for node in walk(field.initial) if field.initial is not None else ():
        if isinstance(node, Symbol):
            refuse("the initial value of a synapse is a number or a distribution", node.span)


def _refuse_draws(expression: Expression) -> None:
    for node in walk(expression):
        if isinstance(node, Draw):
            refuse("random numbers in a synapse's transmission are not supported", node.span)
        if isinstance(node, InputSum):
            refuse(
                "sum() of a side is not supported in a synapse",
                node.span,
                "read a variable, for instance post.r.",
            )


def _refuse_pre(expression: Expression) -> None:
    for node in walk(expression):
        if isinstance(node, Symbol) and node.side is Side.PRE:
            refuse(
                "a spike does not carry presynaptic variables", node.span, "use parameters of the synapse."
            )


def _check_pre_spike(statement: Statement, model: SynapseModel) -> None:
    if isinstance(statement, Equation):
        refuse("pre_spike is made of assignments", statement.span, "write name = value.")
    for flag in statement.flags:
        if flag.name not in ("min", "max"):
            refuse(f"'{flag.name}' has no meaning in pre_spike", flag.span, "only min= and max= have.")
    if statement.name == "g_target":
        return
    field = model.field(statement.name)
    if field is None:
        names = [*(field.name for field in model.fields), "g_target"]
        refuse(f"unknown name '{statement.name}'", statement.span, closest(statement.name, names))
    if field.axis is not Axis.SYNAPSE:
        refuse(
            f"a spike at one synapse cannot change '{statement.name}', which synapses share", statement.span
        )


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
    names = [field.name for field in owner.fields if field.role in (Role.PARAMETER, Role.VARIABLE)]
    hint = closest(name, names) or f"it has: {', '.join(names)}."
    refuse(f"the {side.value}synaptic neuron {owner.name} has no attribute '{name}'", span, hint)
