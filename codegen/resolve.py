"""What stands in a model's text for something else: extra values, white noise, operations over the population."""

from __future__ import annotations

import re
from collections.abc import Callable, Container, Iterable
from dataclasses import replace

from distann.codegen import checks
from distann.codegen.definitions import Functions
from distann.codegen.ir import Reduction
from distann.codegen.nodes import Assignment, Call, Draw, Equation, Expression, Side, Statement, Symbol
from distann.codegen.syntax import parse_expression
from distann.codegen.tree import rebuild, substitute
from distann.codegen.vocabulary import GLOBAL_OPERATIONS

__all__ = ["Reductions", "mapped", "unquoted", "with_noise", "with_values"]

Change = Callable[[Expression], Expression]


def mapped(statement: Statement, change: Change, flags: Change | None = None) -> Statement:
    """Return a statement whose expressions are changed, those of its flags by `flags` where that is given."""
    of_flags = flags or change
    changed = tuple(
        flag if flag.value is None else replace(flag, value=of_flags(flag.value)) for flag in statement.flags
    )
    if isinstance(statement, Equation):
        return replace(statement, left=change(statement.left), right=change(statement.right), flags=changed)
    return replace(statement, value=change(statement.value), flags=changed)


# ---- extra values -------------------------------------------------------------------------------------------------


def unquoted(text: str, extra_values: Iterable[tuple[str, str]]) -> str:
    """Write the names of extra values without the quotes that they may have: ``tau = 'tau_of_layer'``."""
    names = "|".join(re.escape(name) for name, _ in extra_values)
    return re.sub(rf"(['\"])({names})\1", r"\2", text) if names else text


def with_values(
    statements: Iterable[Statement], extra_values: Iterable[tuple[str, str]], functions: Functions
) -> tuple[Statement, ...]:
    """Put extra values where their names stand: in the values of parameters and in ``init``, ``min`` and ``max``."""
    values = {name: parse_expression(text, f"extra_values[{name!r}]", functions) for name, text in extra_values}
    if not values:
        return tuple(statements)

    def given(expression: Expression) -> Expression:
        return substitute(expression, values)

    def kept(expression: Expression) -> Expression:
        return expression

    return tuple(
        mapped(s, given if isinstance(s, Assignment) and s.span.block == "parameters" else kept, given)
        for s in statements
    )


# ---- white noise --------------------------------------------------------------------------------------------------


def with_noise(block: Iterable[Statement], declared: Container[str]) -> tuple[Statement, ...]:
    """Read ``xi`` in differential equations as white noise, unless the model has declared that name itself."""

    def change(node: Expression) -> Expression:
        noisy = isinstance(node, Symbol) and node.side is None and node.name == "xi"
        return Draw("xi", span=node.span) if noisy else node

    if "xi" in declared:
        return tuple(block)
    read = tuple(mapped(s, lambda e: rebuild(e, change)) if isinstance(s, Equation) else s for s in block)
    for statement in read:
        if isinstance(statement, Equation) and any(flag.name == "event-driven" for flag in statement.flags):
            checks.refuse_noisy_events(statement)
    return read


# ---- over the population ------------------------------------------------------------------------------------------


class Reductions:
    """Reads ``mean(v)`` as the name of a value that the whole population has, and keeps which there are.

    Parameters
    ----------
    local : container of str, optional
        Names that have one value for each neuron. Without them the text is that of a synapse, which has
        ``mean(pre.v)`` and ``mean(post.v)``.
    """

    def __init__(self, local: Container[str] | None = None) -> None:
        self._local = local
        self._found: dict[tuple[Side | None, str], Reduction] = {}

    @property
    def found(self) -> tuple[Reduction, ...]:
        """In the order of the text, each once."""
        return tuple(self._found.values())

    @property
    def of_sides(self) -> tuple[tuple[Side, Reduction], ...]:
        """The same, of a synapse."""
        return tuple((side, reduction) for (side, _), reduction in self._found.items() if side is not None)

    def read(self, expression: Expression) -> Expression:
        """Return the expression with names in place of the operations.

        Raises
        ------
        EquationError
            When an operation is not one over a variable of each neuron.
        """
        return rebuild(expression, self._change)

    def over_block(self, block: Iterable[Statement]) -> tuple[Statement, ...]:
        """Read the statements of a block."""
        return tuple(mapped(statement, self.read, lambda flag: flag) for statement in block)

    def _change(self, node: Expression) -> Expression:
        if not (isinstance(node, Call) and node.function in GLOBAL_OPERATIONS):
            return node
        (argument,) = node.arguments
        if not isinstance(argument, Symbol) or not self._allows(argument):
            checks.refuse_reduction(node, in_synapse=self._local is None)
        reduction = Reduction(node.function, argument.name)
        self._found[argument.side, reduction.name] = reduction
        return Symbol(reduction.name, argument.side, node.span)

    def _allows(self, argument: Symbol) -> bool:
        if self._local is None:
            return argument.side is not None
        return argument.side is None and argument.name in self._local

