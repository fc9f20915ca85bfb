"""Random terms: each occurrence in the text becomes a formula over its own standard draw.

In the loop over neurons the standard draws are filled in blocks, the uniforms first and then the normals; outside of it
(equations of the whole population, resets) they are drawn one at a time, and numbered behind those of the loop.
"""

from __future__ import annotations

from collections.abc import Callable

from distann.codegen.ir import Binary, Call, Draw, Expression, Number, Unary
from distann.codegen.tree import rebuild

__all__ = ["FORMULAS", "Draws"]

ZERO, ONE = Number(0.0), Number(1.0)


class Draws:
    """Counts the draws of one kernel.

    Attributes
    ----------
    uniforms, normals : int
        Draws of the loop over neurons.
    """

    def __init__(self) -> None:
        self.uniforms = 0
        self.normals = 0
        self._single = -1  # number of draws outside of the loop; -1 inside

    def leave_loop(self) -> None:
        """What is numbered from here on is drawn outside of the loop over neurons."""
        self._single = 0

    def number(self, expression: Expression) -> Expression:
        """Return the expression with each random term as a formula over a numbered standard draw."""
        return rebuild(expression, lambda node: self._formula(node) if isinstance(node, Draw) else node)

    def _formula(self, draw: Draw) -> Expression:
        standard, formula = FORMULAS[draw.distribution]
        count = 1 if draw.distribution == "Exponential" else 2
        value = formula(self._standard(standard), *draw.arguments[:count])
        for bound, clip in zip(draw.arguments[count:], ("maximum", "minimum"), strict=False):
            value = Call(clip, (value, bound))
        return value

    def _standard(self, distribution: str) -> Draw:
        if self._single >= 0:
            number = self.uniforms + self.normals + self._single
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


FORMULAS: dict[str, tuple[str, Callable[..., Expression]]] = {
    "Uniform": ("uniform", _uniform),
    "DiscreteUniform": ("uniform", _discrete_uniform),
    "Exponential": ("uniform", _exponential),
    "Normal": ("normal", _normal),
    "LogNormal": ("normal", _log_normal),
}
