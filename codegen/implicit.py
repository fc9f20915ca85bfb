"""Backward Euler for all equations of a block together.

Linear equations, ``x1 = x0 + dt (A x1 + b)``, are ``(1 - dt A) (x1 - x0) = dt (A x0 + b)``: a small linear system,
solved by elimination without pivoting, which leaves what is zero in A out of the computation. With decaying variables
the matrix has a dominant diagonal, so that no pivot is needed (Golub and Van Loan, *Matrix Computations*, 2013, section
4.1).

Other equations, ``x1 = x0 + h(x1)``, are solved by Newton's method from x0: `ITERATIONS` such systems, with the slopes
of h as A, whatever the values are; a loop without branches is vector code, and gives the same bits anywhere. Two things
can go wrong (Hairer and Wanner, *Solving Ordinary Differential Equations II*, 1996, section IV.8):

- the iteration has not settled: the last change of some variable is more than `SETTLED` of its size. The step is then
  the first iterate, ``x0 + (1 - A)^-1 h(x0)``, a method of order 1 as well, which does not grow where the equations
  decay;
- the equations run away faster than the step follows: a pivot at x0 is not positive, as the exponential current of a
  neuron that spikes makes it. What solves the equation then lies on another branch, which the true solution never comes
  to. The step is the explicit one, ``x0 + h(x0)``.

White noise is added to the right side: the factor of the noise is taken at x0 (see `noise`).
"""

from __future__ import annotations

from collections.abc import Sequence

from distann.codegen import checks
from distann.codegen.analysis import Parts, linear_system, split_off
from distann.codegen.calculus import derivative, minus, plus, times
from distann.codegen.ir import Let
from distann.codegen.nodes import Binary, Call, Compare, Expression, Iteration, Logic, Number, Select, Symbol
from distann.codegen.noise import diffusion
from distann.codegen.rates import Rate
from distann.codegen.scope import Scope
from distann.codegen.tree import substitute

__all__ = ["ITERATIONS", "SETTLED", "solve"]

ZERO, ONE = Number(0.0), Number(1.0)
Matrix = list[list[Expression]]

ITERATIONS = 8
SETTLED = 1e-5  # the change after this one is of the order of its square


def solve(rates: Sequence[Rate], scope: Scope, lets: list[Let]) -> dict[str, Expression]:
    """Return the increment of each variable; what they need is appended to `lets`.

    Raises
    ------
    EquationError
        When an equation has no derivative with respect to a variable of the block.
    """
    if not rates:
        return {}
    names = [rate.name for rate in rates]
    slopes = _constant_slopes(rates, names)
    if slopes is None:
        return _newton(rates, names, scope, lets)
    size = range(len(rates))
    matrix = _one_minus([[times(rates[i].step, slopes[i][j]) for j in size] for i in size])
    right = [plus(Binary("*", rate.step, rate.numerator), diffusion(rate)) for rate in rates]
    return dict(_eliminated(matrix, right, names, scope, lets)[0])


def _constant_slopes(rates: Sequence[Rate], names: Sequence[str]) -> Matrix | None:
    """Return the slopes of the numerators in all variables; None when their form does not show that they are linear."""
    found: Matrix = []
    for rate in rates:
        system = linear_system(rate.coefficient, rate.numerator, names, _parts_by_form)
        if system is None:
            return None
        found.append(system[0])
    return found


def _parts_by_form(expression: Expression, name: str) -> Parts | None:
    return split_off(expression, Symbol(name))


def _one_minus(matrix: Matrix) -> Matrix:
    return [
        [minus(ONE if i == j else ZERO, entry) for j, entry in enumerate(row)] for i, row in enumerate(matrix)
    ]


def _eliminated(
    matrix: Matrix, right: list[Expression], names: Sequence[str], scope: Scope, lets: list[Let], suffix: str = ""
) -> tuple[dict[str, Symbol], list[Symbol]]:
    """Return the solution of ``matrix * solution = right``, and the pivots."""
    size = range(len(names))
    pivots: list[Symbol] = []
    for k in size:
        right[k] = scope.let(f"{names[k]}_right{suffix}", right[k], lets)
        pivots.append(scope.let(f"{names[k]}_pivot{suffix}", matrix[k][k], lets))
        for j in size[k + 1 :]:
            if matrix[k][j] != ZERO:
                matrix[k][j] = scope.let(f"{names[k]}_with_{names[j]}{suffix}", matrix[k][j], lets)
        for i in size[k + 1 :]:
            if matrix[i][k] == ZERO:
                continue
            less = Binary("/", matrix[i][k], pivots[k])
            factor = scope.let(f"{names[i]}_less_{names[k]}{suffix}", less, lets)
            for j in size[k + 1 :]:
                matrix[i][j] = minus(matrix[i][j], times(factor, matrix[k][j]))
            right[i] = minus(right[i], times(factor, right[k]))
    found: dict[str, Symbol] = {}
    for k in reversed(size):
        rest = right[k]
        for j in size[k + 1 :]:
            rest = minus(rest, times(matrix[k][j], found[names[j]]))
        found[names[k]] = scope.let(f"{names[k]}_increment{suffix}", Binary("/", rest, pivots[k]), lets)
    return {name: found[name] for name in names}, pivots


def _newton(rates: Sequence[Rate], names: Sequence[str], scope: Scope, lets: list[Let]) -> dict[str, Expression]:
    """Return the increments after a fixed number of iterations, or of the step that takes their place."""
    changes = [Binary("*", rate.step, rate.numerator) for rate in rates]
    for rate, change in zip(rates, changes, strict=True):
        checks.refuse_no_slope(rate.equation, change, names)
    slopes = [[derivative(change, name) for name in names] for change in changes]
    explicit = {
        rate.name: scope.let(f"{rate.name}_explicit", plus(change, diffusion(rate)), lets)
        for rate, change in zip(rates, changes, strict=True)
    }
    right: list[Expression] = list(explicit.values())
    first, pivots = _eliminated(_one_minus(slopes), right, names, scope, lets, "1")
    gained = {name: Symbol(scope.fresh(f"{name}_gained")) for name in names}
    last = {name: Symbol(scope.fresh(f"{name}_last")) for name in names}
    lets.append(_iteration(rates, changes, slopes, first, gained, last, scope))
    followed = scope.condition("followed", _all([Compare(">", pivot, ZERO) for pivot in pivots]), lets)
    settled = [_has_settled(name, gained[name], last[name]) for name in names]
    solved = scope.condition("solved", _all([followed, *settled]), lets)
    return {name: Select(solved, gained[name], Select(followed, first[name], explicit[name])) for name in names}


def _iteration(
    rates: Sequence[Rate],
    changes: Sequence[Expression],
    slopes: Matrix,
    first: dict[str, Symbol],
    gained: dict[str, Symbol],
    last: dict[str, Symbol],
    scope: Scope,
) -> Let:
    """Return the iterations after the first, whose results are called `gained`; the last of them added `last`."""
    lets: list[Let] = []
    names = list(gained)
    at = {name: scope.let(f"{name}_at", Binary("+", Symbol(name), gained[name]), lets) for name in names}
    right = [
        minus(plus(substitute(change, at), diffusion(rate)), gained[rate.name])
        for rate, change in zip(rates, changes, strict=True)
    ]
    matrix = _one_minus([[substitute(slope, at) for slope in row] for row in slopes])
    found, _ = _eliminated(matrix, right, names, scope, lets)
    loop = Iteration(
        state=tuple(symbol.name for symbol in (*gained.values(), *last.values())),
        starts=(*first.values(), *first.values()),
        names=tuple(let.name for let in lets),
        values=tuple(let.value for let in lets),
        updates=(*(Binary("+", gained[name], found[name]) for name in names), *found.values()),
        count=ITERATIONS - 1,
    )
    return Let(scope.fresh("iteration"), loop)


def _has_settled(name: str, gained: Symbol, last: Symbol) -> Expression:
    old = Symbol(name)
    size = Binary("+", Call("fabs", (old,)), Call("fabs", (Binary("+", old, gained),)))
    return Compare("<=", Call("fabs", (last,)), Binary("*", Number(SETTLED), size))


def _all(conditions: Sequence[Expression]) -> Expression:
    together = conditions[0]
    for condition in conditions[1:]:
        together = Logic("and", together, condition)
    return together
