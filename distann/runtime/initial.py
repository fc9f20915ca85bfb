"""Initial values: expressions of parameters and random distributions, evaluated with numpy before the first step."""

from __future__ import annotations

import math
import zlib
from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from distann.codegen.nodes import Binary, Call, Compare, Draw, Expression, Logic, Number, Select, Symbol, Unary
from distann.errors import ConfigurationError
from distann.model import distributions
from distann.model.distributions import RandomDistribution

__all__ = ["distribution_of", "evaluate", "generator"]

Value = float | NDArray[Any]
_ARITHMETIC: dict[str, Callable[[Any, Any], Any]] = {
    "+": np.add, "-": np.subtract, "*": np.multiply, "/": np.true_divide, "**": np.power,
    "<": np.less, "<=": np.less_equal, ">": np.greater, ">=": np.greater_equal, "==": np.equal, "!=": np.not_equal,
    "and": np.logical_and, "or": np.logical_or, "-x": np.negative, "not": np.logical_not,
}  # fmt: skip
_FUNCTIONS: dict[str, Callable[..., Any]] = {
    "positive": lambda x: np.maximum(x, 0.0),
    "negative": lambda x: np.maximum(-x, 0.0),
    "clip": np.clip,
    "power": np.power,
    "modulo": lambda a, b: np.fmod(np.trunc(a), np.trunc(b)),
    "asin": np.arcsin, "acos": np.arccos, "atan": np.arctan, "atan2": np.arctan2,
    "asinh": np.arcsinh, "acosh": np.arccosh, "atanh": np.arctanh,
    "expm1_over": lambda x: np.where(x == 0, 1.0, np.expm1(x) / np.where(x == 0, 1.0, x)),
    "round": lambda x: np.trunc(x + np.copysign(0.5, x)),
}  # fmt: skip


def generator(seed: int, number: int, name: str, draw: int) -> np.random.Generator:
    """Return the generator of one draw of values: the same on all ranks, another one for each object, name and draw."""
    return np.random.default_rng([seed, number, zlib.crc32(name.encode()), draw])


def evaluate(
    expression: Expression, lookup: Callable[[str], Value], shape: int | tuple[int, ...], rng: np.random.Generator
) -> Value:
    """Return the value of an expression of names.

    Parameters
    ----------
    expression : Expression
    lookup : callable
        From a name to its value: a number, or one number for each neuron.
    shape : int or tuple of int
        Of what a distribution gives.
    rng : numpy.random.Generator
        For distributions.
    """

    def value(node: Expression) -> Any:
        """Return the value of a part of the expression."""
        match node:
            case Number(value=number):
                return number
            case Symbol(name="pi"):
                return np.pi
            case Symbol(name=name):
                return lookup(name)
            case Unary(operator=operator, operand=operand):
                return _ARITHMETIC["-x" if operator == "-" else operator](value(operand))  # type: ignore[call-arg]
            case Binary() | Compare() | Logic():
                return _ARITHMETIC[node.operator](value(node.left), value(node.right))
            case Select(condition=condition, then=then, otherwise=otherwise):
                return np.where(value(condition), value(then), value(otherwise))
            case Call(function=function, arguments=arguments):
                return (_FUNCTIONS.get(function) or getattr(np, function))(*(value(a) for a in arguments))
            case Draw():
                return distribution_of(node, value).get_values(shape, rng)
        raise ConfigurationError(f"an initial value cannot be computed from {node!r}.")

    result: Value = value(expression)
    return result


def distribution_of(draw: Draw, value: Callable[[Expression], float]) -> RandomDistribution:
    """Return the distribution that a text such as ``Uniform(0, 1)`` names."""
    kind: type[RandomDistribution] = getattr(distributions, draw.distribution)
    numbers = (float(value(argument)) for argument in draw.arguments)
    return kind(*(None if math.isinf(number) else number for number in numbers))  # a bound that is missing
