"""White noise ``xi`` in differential equations, as Ito understands it.

``dx/dt = f + g xi`` means ``dx = f dt + g dW``; over a step, ``dW = sqrt(dt) N`` with a standard normal deviate N. The
methods (P. E. Kloeden and E. Platen, *Numerical Solution of Stochastic Differential Equations*, Springer 1992):

- ``explicit``: Euler and Maruyama, ``x + dt f + g dW`` (section 10.2);
- ``semiimplicit``, ``implicit``: the drift by backward Euler, ``x + (dt f + g dW) / (1 - dt A)`` (12.2);
- ``exponential``, ``exact``: the variance of an Ornstein-Uhlenbeck process, exact where A and g are constant (4.4):
  ``g sqrt(dt phi(2 dt A)) N`` with ``phi(z) = (exp(z) - 1) / z``;
- ``midpoint``, ``rk4``: the drift by the stages, in each of which the noise is a constant slope ``g dW / dt``. As g is
  taken at the beginning of the step in all of them this is Ito's equation, not Stratonovich's. The orders are those of
  Euler and Maruyama, but the error of the drift is small where the noise is (G. N. Milstein and M. V. Tretyakov,
  *Stochastic Numerics for Mathematical Physics*, Springer 2004, chapter 3);
- ``milstein``: ``x + dt f + g dW + g dg/dx (dW**2 - dt) / 2`` (10.3), where the noise of a variable depends on no other
  variable with noise.

The strong order is 1/2, and 1 where g is constant, or with ``milstein``; the weak order is 1. Each ``xi`` in the text
is a noise of its own.
"""

from __future__ import annotations

from distann.codegen import checks
from distann.codegen.analysis import split_off
from distann.codegen.calculus import derivative, plus, times
from distann.codegen.draws import NOISE
from distann.codegen.nodes import Binary, Call, Draw, Equation, Expression, Number
from distann.codegen.rates import DT, Rate
from distann.codegen.tree import walk

__all__ = ["diffusion", "milstein", "relaxed", "separated"]

ZERO = Number(0.0)
ROOT = Call("sqrt", (DT,))


def separated(
    equation: Equation, coefficient: Expression, numerator: Expression
) -> tuple[Expression, tuple[tuple[Expression, Draw], ...]]:
    """Return the numerator without noise, and the factor of each noise.

    Raises
    ------
    EquationError
        When a noise does not occur linearly.
    """
    found = dict.fromkeys(node for node in walk(numerator) if isinstance(node, Draw) and node.distribution == NOISE)
    if any(isinstance(node, Draw) and node.distribution == NOISE for node in walk(coefficient)):
        checks.refuse_nonlinear_noise(equation)
    noise = []
    for draw in found:
        parts = split_off(numerator, draw)
        if parts is None or any(other in walk(parts[0]) for other in found):
            checks.refuse_nonlinear_noise(equation)
        noise.append((parts[0], draw))
        numerator = parts[1]
    return numerator, tuple(noise)


def diffusion(rate: Rate) -> Expression:
    """Return ``g dW`` of an equation, 0 without noise."""
    total: Expression = ZERO
    for factor, draw in rate.noise:
        total = plus(total, times(factor, Draw("normal", number=draw.number)))
    return times(_scale(rate), total)


def relaxed(rate: Rate, decay: Expression) -> Expression:
    """Return what noise leaves after a step in which it decays by ``exp(decay)``; 0 without noise."""
    spread = Call("sqrt", (Call("expm1_over", (Binary("*", Number(2.0), decay),)),))
    return times(diffusion(rate), spread)


def _scale(rate: Rate) -> Expression:
    """Return ``sqrt(dt) / coefficient``."""
    return ROOT if rate.coefficient == Number(1.0) else Binary("/", ROOT, rate.coefficient)


def milstein(rate: Rate) -> Expression:
    """Return the increment of one variable."""
    increment = plus(times(rate.step, rate.numerator), diffusion(rate))
    scale = _scale(rate)
    for factor, draw in rate.noise:
        slope = derivative(factor, rate.name)
        normal = Draw("normal", number=draw.number)
        excess = Binary("-", Binary("*", normal, normal), Number(1.0))
        weight = times(Binary("*", Number(0.5), Binary("*", scale, scale)), times(factor, slope))
        increment = plus(increment, times(weight, excess))
    return increment
