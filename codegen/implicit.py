"""Backward Euler for all linear equations of a block together.

``x1 = x0 + dt (A x1 + b)`` is ``(1 - dt A) (x1 - x0) = dt (A x0 + b)``: a small linear system, solved by elimination
without pivoting, which leaves what is zero in A out of the computation. With decaying variables the matrix has a
dominant diagonal, so that no pivot is needed (Golub and Van Loan, *Matrix Computations*, 2013, section 4.1).
"""

from __future__ import annotations

from collections.abc import Sequence

from distann.codegen.calculus import minus, times
from distann.codegen.ir import Binary, Expression, Let, Number
from distann.codegen.propagator import linear_system
from distann.codegen.rates import Rate
from distann.codegen.scope import Scope

__all__ = ["solve"]

ZERO, ONE = Number(0.0), Number(1.0)


def solve(rates: Sequence[Rate], scope: Scope, lets: list[Let]) -> dict[str, Expression]:
    """Return the increment of each variable; what they need is appended to `lets`.

    Raises
    ------
    EquationError
        When an equation is not linear in all variables together.
    """
    if not rates:
        return {}
    names = [rate.name for rate in rates]
    size = range(len(rates))
    slopes = [linear_system(rate, names)[0] for rate in rates]
    matrix: list[list[Expression]] = [
        [minus(ONE if i == j else ZERO, times(rates[i].step, slopes[i][j])) for j in size] for i in size
    ]
    right: list[Expression] = [Binary("*", rate.step, rate.numerator) for rate in rates]
    for k in size:
        right[k] = scope.let(f"{names[k]}_right", right[k], lets)
        pivot = matrix[k][k] = scope.let(f"{names[k]}_pivot", matrix[k][k], lets)
        for i in size[k + 1 :]:
            if matrix[i][k] == ZERO:
                continue
            factor = scope.let(f"{names[i]}_less_{names[k]}", Binary("/", matrix[i][k], pivot), lets)
            for j in size[k + 1 :]:
                matrix[i][j] = minus(matrix[i][j], times(factor, matrix[k][j]))
            right[i] = minus(right[i], times(factor, right[k]))
        for j in size[k + 1 :]:
            if matrix[k][j] != ZERO:
                matrix[k][j] = scope.let(f"{names[k]}_with_{names[j]}", matrix[k][j], lets)
    increments: dict[str, Expression] = {}
    for k in reversed(size):
        rest = right[k]
        for j in size[k + 1 :]:
            rest = minus(rest, times(matrix[k][j], increments[names[j]]))
        increments[names[k]] = scope.let(f"{names[k]}_increment", Binary("/", rest, matrix[k][k]), lets)
    return increments
