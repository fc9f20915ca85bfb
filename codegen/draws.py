"""Random terms: each occurrence in the text becomes a formula over its own standard draw.

In the loop over neurons the standard draws are filled in blocks, the uniforms first and then the normals; outside of it
(equations of the whole population, resets) they are drawn one at a time, and numbered behind those of the loop.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable

from distann.codegen.nodes import Binary, Call, Draw, Expression, InputSum, Number, Span, Unary
from distann.codegen.tree import contains, rebuild, symbols

__all__ = ["FORMULAS", "NOISE", "Draws"]

ZERO, ONE = Number(0.0), Number(1.0)
NOISE = "noise"  # a standard normal draw that stands for the white noise ``xi``: the integrators give it its factor


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
        self._known: dict[Span, Expression] = {}

    def leave_loop(self) -> None:
        """What is numbered from here on is drawn outside of the loop over neurons."""
        self._single = 0
        self._known.clear()

    def number(self, expression: Expression) -> Expression:
        """Return the expression with each random term as a formula over a numbered standard draw.

        What a user's function repeats, or several targets of a projection, is one place in the text, hence one draw.
        """
        return rebuild(expression, lambda node: self._numbered(node) if isinstance(node, Draw) else node)

    def _numbered(self, draw: Draw) -> Expression:
        if draw.number >= 0:
            return draw  # it stands in an argument, and is numbered already
        if draw.span is None:
            return self._formula(draw)
        if draw.span not in self._known:
            self._known[draw.span] = self._formula(draw)
        return self._known[draw.span]

    def _formula(self, draw: Draw) -> Expression:
        if draw.distribution == "xi":
            return Draw(NOISE, number=self._standard("normal").number)
        if draw.distribution == "Poisson" and self._shared(draw.arguments[0]):
            self.rates.append(draw.arguments[0])
            return Draw("count", number=len(self.rates) - 1)
        standard, formula, count = FORMULAS[draw.distribution]
        value = formula(self._standard(standard), *draw.arguments[:count])
        for bound, clip in zip(draw.arguments[count:], ("maximum", "minimum"), strict=False):
            if bound != Number(-math.inf):
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


def _quantile(function: str) -> Callable[..., Expression]:
    return lambda draw, *arguments: Call(function, (draw, *arguments))


# Of each distribution: its standard draw, the formula over it, and how many arguments that takes; then come bounds.
FORMULAS: dict[str, tuple[str, Callable[..., Expression], int]] = {
    "Uniform": ("uniform", _uniform, 2),
    "DiscreteUniform": ("uniform", _discrete_uniform, 2),
    "Exponential": ("uniform", _exponential, 1),
    "Gamma": ("uniform", _quantile("gamma"), 2),
    "Binomial": ("uniform", _quantile("binomial"), 2),
    "Poisson": ("uniform", _quantile("poisson"), 1),
    "Normal": ("normal", _normal, 2),
    "LogNormal": ("normal", _log_normal, 2),
}
