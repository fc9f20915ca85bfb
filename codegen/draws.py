"""Random terms: each occurrence in the text becomes a formula over its own standard draw.

In the loop over neurons the standard draws are filled in blocks, the uniforms first and then the normals; outside of it
(equations of the whole population, resets) they are drawn one at a time, and numbered behind those of the loop.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable

from distann.codegen.ir import Binary, Call, Draw, Expression, InputSum, Number, Unary
from distann.codegen.tree import contains, rebuild, symbols

__all__ = ["FORMULAS", "Draws"]

ZERO, ONE = Number(0.0), Number(1.0)


class Draws:
    """Counts the draws of one kernel.

    Parameters
    ----------
    invariant : iterable of str
        Names that all neurons share: a Poisson term with such a rate gets its counts from a table.

    Attributes
    ----------
    uniforms, normals : int
        Draws of the loop over neurons.
    rates : list of Expression
        Of the Poisson terms that are drawn by tables, in their order.
    """

    def __init__(self, invariant: Iterable[str] = ()) -> None:
        self.uniforms = 0
        self.normals = 0
        self.rates: list[Expression] = []
        self._invariant = frozenset(invariant)
        self._single = -1  # number of draws outside of the loop; -1 inside

    def leave_loop(self) -> None:
        """What is numbered from here on is drawn outside of the loop over neurons."""
        self._single = 0

    def number(self, expression: Expression) -> Expression:
        """Return the expression with each random term as a formula over a numbered standard draw."""
        return rebuild(expression, lambda node: self._formula(node) if isinstance(node, Draw) else node)

    def _formula(self, draw: Draw) -> Expression:
        if draw.number >= 0:
            return draw  # it stands in an argument, and is numbered already
        if draw.distribution == "Poisson" and self._shared(draw.arguments[0]):
            self.rates.append(draw.arguments[0])
            return Draw("count", number=len(self.rates) - 1)
        standard, formula = FORMULAS[draw.distribution]
        count = 1 if draw.distribution in ("Exponential", "Poisson") else 2
        value = formula(self._standard(standard), *draw.arguments[:count])
        for bound, clip in zip(draw.arguments[count:], ("maximum", "minimum"), strict=False):
            value = Call(clip, (value, bound))
        return value

    def _shared(self, rate: Expression) -> bool:
        """Tell whether all neurons have this rate."""
        only_numbers = not contains(rate, (Draw, InputSum))
        return self._single < 0 and only_numbers and symbols(rate) <= self._invariant

    def _standard(self, distribution: str) -> Draw:
        if self._single >= 0:
            number = self.uniforms + self.normals + len(self.rates) + self._single
            self._single += 1
        elif distribution == "uniform":
            number, self.uniforms = self.uniforms, self.uniforms + 1
        else:
            number, self.normals = self.normals, self.normals + 1
        return Draw(distribution, number=number)


def _uniform(draw: Expression, low: Expression, high: Expression) -> Expression:
    scaled = draw if (low, high) == (ZERO, ONE) else Binary("*", Binary("-", high, low), draw)
    return scaled if low == ZERO else Binary("+", low, scaled)


def _normal(draw: Expression, mean: Expression, deviation: Expression) -> Expression:
    scaled = draw if deviation == ONE else Binary("*", deviation, draw)
    return scaled if mean == ZERO else Binary("+", mean, scaled)


def _log_normal(draw: Expression, mean: Expression, deviation: Expression) -> Expression:
    return Call("exp", (_normal(draw, mean, deviation),))


def _exponential(draw: Expression, rate: Expression) -> Expression:
    return Binary("/", Unary("-", Call("log", (draw,))), rate)


def _discrete_uniform(draw: Expression, low: Expression, high: Expression) -> Expression:
    # In single precision the product may be rounded up to one more than the largest.
    return Call("minimum", (Call("floor", (_uniform(draw, low, Binary("+", high, ONE)),)), high))


def _poisson(draw: Expression, rate: Expression) -> Expression:
    return Call("poisson", (draw, rate))


FORMULAS: dict[str, tuple[str, Callable[..., Expression]]] = {
    "Uniform": ("uniform", _uniform),
    "DiscreteUniform": ("uniform", _discrete_uniform),
    "Exponential": ("uniform", _exponential),
    "Poisson": ("uniform", _poisson),
    "Normal": ("normal", _normal),
    "LogNormal": ("normal", _log_normal),
}
