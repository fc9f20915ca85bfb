"""A differential equation, solved for its derivative."""

from __future__ import annotations

from dataclasses import dataclass

from distann.codegen.nodes import Binary, Draw, Equation, Expression, Number, Symbol

__all__ = ["DT", "Rate"]

DT = Symbol("dt")


@dataclass(frozen=True, slots=True)
class Rate:
    """``dx/dt = (numerator + factor * xi + ...) / coefficient`` of one variable; `noise`: pairs of (factor, draw)."""

    equation: Equation
    method: str
    coefficient: Expression
    numerator: Expression
    noise: tuple[tuple[Expression, Draw], ...] = ()

    @property
    def name(self) -> str:
        """Name of the variable."""
        return self.equation.name

    @property
    def step(self) -> Expression:
        """``dt / coefficient``."""
        return DT if self.coefficient == Number(1.0) else Binary("/", DT, self.coefficient)
