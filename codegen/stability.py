"""Which equations decay by which rate, for methods whose steps must not be longer than some of their time constants.

An explicit step multiplies the distance from the fixed point of ``dx/dt = A x + B`` by the method's stability
function of ``dt A`` (Hairer and Wanner, *Solving Ordinary Differential Equations II*, 1996, section IV.2): beyond its
limit it grows.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from distann.codegen.analysis import solve_for_derivative, split_off
from distann.codegen.integrators import DEFAULT_METHOD
from distann.codegen.ir import NeuronModel, Role
from distann.codegen.nodes import Binary, Draw, Equation, Expression, InputSum, Number, Symbol
from distann.codegen.tree import contains, symbols
from distann.codegen.vocabulary import METHODS

__all__ = ["LIMITS", "Decay", "decays"]

# How large ``-dt A`` may become.
LIMITS = {"explicit": 2.0, "midpoint": 2.0, "rk4": 2.785, "milstein": 2.0}


@dataclass(frozen=True, slots=True)
class Decay:
    """``dx/dt = rate * x + ...`` of an equation, `rate` being an expression of parameters."""

    equation: Equation
    method: str
    rate: Expression

    @property
    def limit(self) -> float:
        """How large ``-dt rate`` may become."""
        return LIMITS[self.method]


def decays(model: NeuronModel, default_method: str = DEFAULT_METHOD) -> Iterator[Decay]:
    """Yield the equations with a limit whose rates are known before the network runs, as their form shows them."""
    known = {field.name for field in model.fields if field.role in (Role.PARAMETER, Role.CONSTANT)} | {"dt", "pi"}
    for equation in (statement for statement in model.equations if isinstance(statement, Equation)):
        method = next((flag.name for flag in equation.flags if flag.name in METHODS), default_method)
        solved = solve_for_derivative(equation) if method in LIMITS else None
        parts = None if solved is None else split_off(solved[1], Symbol(equation.name))
        if solved is None or parts is None or parts[0] == Number(0.0):
            continue
        rate = Binary("/", parts[0], solved[0])
        if symbols(rate) <= known and not contains(rate, (Draw, InputSum)):
            yield Decay(equation, method, rate)
