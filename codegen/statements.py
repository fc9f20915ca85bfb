"""Statements in the order of a block: bounds, numbered draws, equations that advance together."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from distann.codegen.draws import Draws
from distann.codegen.integrators import integrate
from distann.codegen.ir import Field, Let, NeuronModel, Set, SynapseModel, sum_name
from distann.codegen.nodes import Assignment, Binary, Call, Equation, Expression, InputSum, Statement, Symbol
from distann.codegen.scope import Scope
from distann.codegen.tree import rebuild, symbols

__all__ = ["assigned", "bounded", "lowered", "named", "used_names", "written_names"]


def lowered(
    block: Iterable[Statement], model: NeuronModel | SynapseModel, scope: Scope, draws: Draws, default_method: str
) -> list[Let | Set]:
    """Consecutive differential equations advance together; an assignment takes effect at once."""
    done: list[Let | Set] = []
    together: list[Equation] = []
    for statement in block:
        ready = _ready(statement, draws)
        if isinstance(ready, Equation):
            together.append(ready)
            continue
        done += integrate(together, scope, default_method)
        together = []
        done.append(Set(ready.name, assigned(ready), ready.span.text))
    done += integrate(together, scope, default_method)
    return [bounded(statement, _with_bounds_drawn(model.field(statement.name), draws)) for statement in done]


def _with_bounds_drawn(field: Field | None, draws: Draws) -> Field | None:
    """Number the draws of the bounds."""
    if field is None or (field.minimum is None and field.maximum is None):
        return field
    low, high = (None if b is None else draws.number(b) for b in (field.minimum, field.maximum))
    return replace(field, minimum=low, maximum=high)


def _ready(statement: Statement, draws: Draws) -> Statement:
    """Number the draws, and read inputs by the names of their fields."""
    if isinstance(statement, Equation):
        return replace(
            statement, left=named(draws.number(statement.left)), right=named(draws.number(statement.right))
        )
    return replace(statement, value=named(draws.number(statement.value)))


def named(expression: Expression) -> Expression:
    """Read ``sum(exc)`` by the name of its field."""
    def change(node: Expression) -> Expression:
        return Symbol(sum_name(node.target), span=node.span) if isinstance(node, InputSum) else node

    return rebuild(expression, change)


def assigned(statement: Assignment) -> Expression:
    """Return what an assignment gives: ``x += 1`` is ``x + 1``."""
    if statement.operator == "=":
        return statement.value
    return Binary(statement.operator[0], Symbol(statement.name), statement.value)


def bounded(statement: Let | Set, field: Field | None) -> Let | Set:
    """Keep a variable between its bounds."""
    if isinstance(statement, Let) or field is None:
        return statement
    value = statement.value
    if field.minimum is not None:
        value = Call("maximum", (value, named(field.minimum)))
    if field.maximum is not None:
        value = Call("minimum", (value, named(field.maximum)))
    return replace(statement, value=value)


def used_names(
    once: Iterable[Let | Set], body: Iterable[Let | Set], reset: Iterable[Let | Set], spike: Expression | None
) -> set[str]:
    """Return the names that a kernel reads or changes."""
    names = set(symbols(spike)) if spike is not None else set()
    for statement in (*once, *body, *reset):
        names |= symbols(statement.value)
        if isinstance(statement, Set):
            names.add(statement.name)
    return names


def written_names(
    once: Iterable[Let | Set], body: Iterable[Let | Set], reset: Iterable[Let | Set]
) -> tuple[str, ...]:
    """Return the names that a kernel changes."""
    return tuple(dict.fromkeys(s.name for s in (*once, *body, *reset) if isinstance(s, Set)))
