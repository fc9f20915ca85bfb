"""The exact step of a block of linear equations: NEST's precise neurons are such systems.

For ``dx/dt = A x + b`` the values after one step are ``exp(dt A) x + phi(dt A) dt b``, ``phi(z) = (exp(z) - 1) / z``
(Rotter and Diesmann, *Exact digital simulation of time-invariant linear systems with applications to neuronal
modeling*, Biological Cybernetics 81, 1999). A holds numbers and parameters, so where these belong to the whole
population both matrices are computed once a step; b may change from step to step. White noise of a constant strength
adds to its variable what it leaves of itself after the step (see `noise`), where it reaches no other one of the block.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import reduce

from distann.codegen import checks
from distann.codegen.analysis import linear_parts, linear_system
from distann.codegen.calculus import plus, times
from distann.codegen.ir import Let
from distann.codegen.nodes import Entry, Expression, Number, Propagator, Symbol
from distann.codegen.noise import relaxed
from distann.codegen.rates import Rate
from distann.codegen.scope import Scope
from distann.codegen.tree import symbols

__all__ = ["propagate"]

ZERO = Number(0.0)


def propagate(rates: Sequence[Rate], scope: Scope, lets: list[Let]) -> dict[str, Expression]:
    """Return the new value of each variable; what they need is appended to `lets`.

    Raises
    ------
    EquationError
        When an equation is not linear in all variables together, or its noise is not that of one variable alone.
    """
    if not rates:
        return {}
    names = [rate.name for rate in rates]
    parts = [_linear_system(rate, names) for rate in rates]
    rows = tuple(
        tuple(times(rate.step, slope) for slope in slopes) for rate, (slopes, _) in zip(rates, parts, strict=True)
    )
    matrix = Let(scope.fresh("propagator"), Propagator(rows))
    lets.append(matrix)
    inputs = [
        None if rest == ZERO else scope.let(f"{rate.name}_input", times(rate.step, rest), lets)
        for rate, (_, rest) in zip(rates, parts, strict=True)
    ]
    reached = _reached(rows)
    _refuse_noise(rates, reached)

    def factor(part: str, i: int, j: int, kind: str) -> Symbol:
        return scope.let(f"{names[i]}_from_{names[j]}{kind}", Entry(matrix.name, part, i, j), lets)

    values: dict[str, Expression] = {}
    for i, name in enumerate(names):
        terms = [times(factor("state", i, j, ""), Symbol(names[j])) for j in reached[i]]
        for j in reached[i]:
            if (given := inputs[j]) is not None:
                terms.append(times(factor("input", i, j, "_input"), given))
        if rates[i].noise:
            terms.append(relaxed(rates[i], rows[i][i]))
        values[name] = scope.let(f"{name}_next", reduce(plus, terms), lets)  # all from the old values
    return values


def _refuse_noise(rates: Sequence[Rate], reached: Sequence[Sequence[int]]) -> None:
    """The exact covariance of several variables would take more than one draw for each."""
    names = [rate.name for rate in rates]
    for i, rate in enumerate(rates):
        for other in (names[j] for j, row in enumerate(reached) if rate.noise and i in row and j != i):
            checks.refuse_spreading_noise(rate.equation, other)
        for factor, _ in rate.noise:
            for name in (name for name in names if name in symbols(factor)):
                checks.refuse_multiplied_noise(rate.equation, name)


def _linear_system(rate: Rate, names: Sequence[str]) -> tuple[list[Expression], Expression]:
    """Return the slope for each of the names, and the rest, of an equation's numerator.

    Raises
    ------
    EquationError
        When it is not linear in all of them together.
    """
    system = linear_system(rate.coefficient, rate.numerator, names, linear_parts)
    if system is None:
        checks.refuse_not_linear(rate.equation, names, rate.method)
    return system


def _reached(rows: tuple[tuple[Expression, ...], ...]) -> list[list[int]]:
    """Return which variables each one depends on after a while: only these entries of the matrices are not 0."""
    size = range(len(rows))
    reached = [{j for j in size if rows[i][j] != ZERO} | {i} for i in size]
    for k in size:
        for i in size:
            if k in reached[i]:
                reached[i] |= reached[k]
    return [sorted(row) for row in reached]
