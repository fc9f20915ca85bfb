"""Differential equations become update rules, written as formulas.

Every method is ``x + step * numerator`` in one form or another, where the user wrote
``coefficient * dx/dt = numerator`` (after solving for the derivative) and ``step = dt / coefficient``:

- ``explicit``, ``midpoint``, ``rk4``: explicit Runge-Kutta methods, given by their Butcher tableau (Hairer, Nørsett,
  Wanner, *Solving Ordinary Differential Equations I*, 1993, section II.1);
- ``exponential``: exact for ``dx/dt = A x + B`` with A and B held constant over the step. In the form
  ``x + step * phi(dt A) * numerator`` with ``phi(z) = (exp(z) - 1) / z``, it needs only A, and no division by it
  (Hochbruck and Ostermann, *Exponential integrators*, Acta Numerica 2010, eq. 2.6);
- ``semiimplicit``: backward Euler on the own variable, ``x + step / (1 - dt A) * numerator``;
- ``implicit``: backward Euler on all such equations of a block together: see `implicit`;
- ``milstein``, and white noise in all methods: see `noise`;
- ``exact``: all such equations of a block together, as a linear system with constant coefficients: see `propagator`.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from distann.codegen import checks
from distann.codegen.analysis import linear_rate, solve_for_derivative
from distann.codegen.calculus import plus, times
from distann.codegen.implicit import solve
from distann.codegen.ir import Let, Set
from distann.codegen.nodes import Binary, Call, Equation, Expression, Number, Symbol
from distann.codegen.noise import diffusion, milstein, relaxed, separated
from distann.codegen.propagator import propagate
from distann.codegen.rates import Rate
from distann.codegen.scope import Scope
from distann.codegen.tree import substitute, symbols

__all__ = ["DEFAULT_METHOD", "integrate"]

DEFAULT_METHOD = "explicit"
JOINT = ("exact", "implicit")  # all equations of a block together


@dataclass(frozen=True, slots=True)
class Tableau:
    """An explicit Runge-Kutta method: `stages[s][j]` weighs increment j in stage s, `weights` those in the result."""

    stages: tuple[tuple[float, ...], ...]
    weights: tuple[float, ...]


TABLEAUS = {
    "explicit": Tableau(((),), (1.0,)),
    "midpoint": Tableau(((), (0.5,)), (0.0, 1.0)),
    "rk4": Tableau(((), (0.5,), (0.0, 0.5), (0.0, 0.0, 1.0)), (1 / 6, 1 / 3, 1 / 3, 1 / 6)),
}


def integrate(
    equations: Iterable[Equation], scope: Scope, default_method: str = DEFAULT_METHOD
) -> list[Let | Set]:
    """Return the statements that advance a block of differential equations by one step.

    All right-hand sides are evaluated with the old values, then all variables are set.

    Parameters
    ----------
    equations : iterable of Equation
        One block: no assignment stands between them.
    scope : Scope
        Gives the names of intermediate values.
    default_method : str
        For equations without a method of their own.

    Raises
    ------
    EquationError
        When the method does not fit the equation.
    """
    rates = [_rate(equation, default_method) for equation in equations]
    _refuse_mixing(rates)
    for rate in rates:
        if rate.method == "milstein":
            checks.refuse_shared_noise(rate, [other.name for other in rates if other.noise])
    lets: list[Let] = []
    increments: dict[str, Expression] = {}
    for method, tableau in TABLEAUS.items():
        group = [rate for rate in rates if rate.method == method]
        increments |= _runge_kutta(group, tableau, scope, lets)
    for rate in rates:
        if rate.method not in (*TABLEAUS, *JOINT):
            increments[rate.name] = _one_variable(rate, scope, lets)
    increments |= solve([rate for rate in rates if rate.method == "implicit"], scope, lets)
    values: dict[str, Expression] = {}
    for name, increment in increments.items():
        values[name] = Binary("+", Symbol(name), increment)
    values |= propagate([rate for rate in rates if rate.method == "exact"], scope, lets)
    return [*lets, *(Set(rate.name, values[rate.name], rate.equation.span.text) for rate in rates)]


def _rate(equation: Equation, default_method: str) -> Rate:
    solved = solve_for_derivative(equation)
    if solved is None:
        checks.refuse_nonlinear_derivative(equation)
    method = next((flag.name for flag in equation.flags if flag.name in checks.METHODS), default_method)
    return Rate(equation, method, solved[0], *separated(equation, *solved))


def _refuse_mixing(rates: list[Rate]) -> None:
    staged = {rate.name: rate.method for rate in rates if rate.method in ("midpoint", "rk4", "implicit")}
    for rate in rates:
        if rate.name not in staged:
            continue
        for other in sorted(symbols(rate.numerator) | symbols(rate.coefficient)):
            if staged.get(other, rate.method) != rate.method:
                checks.refuse_mixed_methods(rate.equation, other, rate.method)


def _runge_kutta(group: list[Rate], tableau: Tableau, scope: Scope, lets: list[Let]) -> dict[str, Expression]:
    """Append the increments of every stage to `lets`; return the weighted increment of each variable."""
    increments: dict[str, list[Expression]] = {rate.name: [] for rate in group}
    for number, weights in enumerate(tableau.stages, 1):
        state = {
            name: Binary("+", Symbol(name), _weighted(weights, done))
            for name, done in increments.items()
            if any(weights)
        }
        held = {name: scope.let(f"{name}_at_stage{number}", value, lets) for name, value in state.items()}
        for rate in group:
            value = plus(
                Binary("*", substitute(rate.step, held), substitute(rate.numerator, held)), diffusion(rate)
            )
            increments[rate.name].append(scope.let(f"{rate.name}_increment{number}", value, lets))
    return {name: _weighted(tableau.weights, done) for name, done in increments.items()}


def _weighted(weights: tuple[float, ...], values: list[Expression]) -> Expression:
    terms = [
        value if weight == 1.0 else Binary("*", Number(weight), value)
        for weight, value in zip(weights, values, strict=False)
        if weight
    ]
    total = terms[0]
    for term in terms[1:]:
        total = Binary("+", total, term)
    return total


def _one_variable(rate: Rate, scope: Scope, lets: list[Let]) -> Expression:
    """Increment of a method that treats the other variables as constants."""
    if rate.method == "milstein":
        return scope.let(f"{rate.name}_increment", milstein(rate), lets)
    slope = linear_rate(rate.numerator, rate.name)
    if slope is None or rate.name in symbols(rate.coefficient):
        checks.refuse_nonlinear(rate.equation, rate.method)
    decay = Binary("*", rate.step, slope)
    if rate.method == "exponential":
        factor = Binary("*", rate.step, Call("expm1_over", (decay,)))
        noise = relaxed(rate, decay)
    else:
        factor = Binary("/", rate.step, Binary("-", Number(1.0), decay))
        noise = times(diffusion(rate), Binary("/", Number(1.0), Binary("-", Number(1.0), decay)))
    step = scope.let(f"{rate.name}_step", factor, lets)
    return scope.let(f"{rate.name}_increment", plus(Binary("*", step, rate.numerator), noise), lets)
