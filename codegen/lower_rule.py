"""From a rule of structural plasticity to the kernel that chooses pairs of neurons."""

from __future__ import annotations

from collections.abc import Iterable

from distann.codegen.checks import refuse
from distann.codegen.ir import Axis, Field, Kernel, Loop, StructuralRule, SynapseModel
from distann.codegen.nodes import Number, Select, Symbol
from distann.codegen.sides import qualified
from distann.codegen.tree import symbols, walk

__all__ = ["lower_rule"]


def lower_rule(model: SynapseModel, block: str, fields: Iterable[Field]) -> Kernel | None:
    """Return the kernel of a rule.

    Parameters
    ----------
    model : SynapseModel
    block : str
        ``"creating"`` or ``"pruning"``.
    fields : iterable of Field
        Of the synapse, and of both neurons.

    Raises
    ------
    EquationError
        When a new synapse is to depend on values that it has not yet.
    """
    rule: StructuralRule | None = getattr(model, block)
    if rule is None:
        return None
    chosen = Select(qualified(rule.condition), qualified(rule.proba), Number(0.0))
    used = symbols(chosen)
    if block == "creating":
        _refuse_absent(rule, {field.name for field in fields if field.axis is Axis.SYNAPSE})
    return Kernel(
        name=f"{model.name}_{block}",
        loop=Loop.CHOOSE_PAIRS,
        fields=tuple(f for f in fields if f.name in used or (block == "pruning" and f.axis is Axis.SYNAPSE)),
        psp=chosen,
    )


def _refuse_absent(rule: StructuralRule, absent: set[str]) -> None:
    for node in (*walk(rule.condition), *walk(rule.proba)):
        if isinstance(node, Symbol) and node.side is None and node.name in absent:
            refuse(
                f"there is no synapse yet that would have '{node.name}'", node.span,
                "use pre.x, post.x, and what the whole projection or a postsynaptic neuron has.",
            )  # fmt: skip
