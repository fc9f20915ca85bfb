"""What does not change in a step is computed once: factors like ``exp(-dt/tau)`` leave the loop over neurons."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from distann.codegen.ir import Let, Set, Type
from distann.codegen.nodes import Binary, Call, Draw, Entry, Expression, InputSum, Number, Symbol
from distann.codegen.scope import Scope
from distann.codegen.tree import children, walk, with_children

__all__ = ["hoist"]


def hoist(
    once: list[Let | Set], body: list[Let | Set], invariant: Iterable[str], scope: Scope
) -> tuple[list[Let | Set], list[Let | Set]]:
    """Move what depends on nothing but `invariant` names from `body` to the end of `once`.

    Whole `Let`s keep their names; parts of expressions move when they hold a function, a division or a power, equal
    parts once. Cheaper parts stay where the user wrote them.
    """
    names = set(invariant)
    constants: dict[Expression, Symbol] = {}
    moved: list[Let | Set] = []
    kept: list[Let | Set] = []

    def lift(node: Expression) -> Expression:
        """Return an expression with its costly invariant parts replaced by names."""
        if _is_invariant(node, names) and _is_costly(node):
            if node not in constants:
                let = Let(scope.fresh(f"constant{len(constants)}"), node)
                constants[node] = Symbol(let.name)
                moved.append(let)
            return constants[node]
        parts = children(node)
        return with_children(node, tuple(lift(part) for part in parts)) if parts else node

    for statement in body:
        if (
            isinstance(statement, Let)
            and statement.type is Type.FLOAT
            and _is_invariant(statement.value, names)
        ):
            moved.append(statement)
            names.add(statement.name)
        else:
            kept.append(replace(statement, value=lift(statement.value)))
    return [*once, *moved], kept


def _is_invariant(expression: Expression, names: set[str]) -> bool:
    return all(
        node.name in names and node.side is None
        if isinstance(node, Symbol)
        else node.matrix in names
        if isinstance(node, Entry)
        else not isinstance(node, Draw | InputSum)
        for node in walk(expression)
    )


def _is_costly(expression: Expression) -> bool:
    return not isinstance(expression, Number) and any(
        isinstance(node, Call) or (isinstance(node, Binary) and node.operator in ("/", "**"))
        for node in walk(expression)
    )
