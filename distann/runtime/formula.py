"""Expressions of the distance between two neurons: checked, and written as what the engine evaluates."""

from __future__ import annotations

import functools
import math
from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from distann.codegen.lexer import refuse
from distann.codegen.nodes import (
    Binary,
    Call,
    Compare,
    Derivative,
    Draw,
    Expression,
    InputSum,
    Logic,
    Number,
    Select,
    Symbol,
    Unary,
)
from distann.codegen.syntax import parse_expression
from distann.codegen.tree import walk
from distann.errors import ConfigurationError
from distann.model.distance import Distance
from distann.model.specs import ProjectionSpec
from distann.runtime.initial import evaluate
from distann.runtime.structs import Keeper

__all__ = ["describe_formula", "has_formula", "parse_distance", "reach_of"]

MOST_DISTANCES = 4_000_000  # that are looked at to find the smallest and the largest value


@functools.lru_cache(maxsize=256)
def parse_distance(text: str, what: str) -> Expression:
    """Read an expression of the distance ``d``.

    Parameters
    ----------
    text : str
    what : str
        For messages: ``"weights"``, ``"delays"``, ``"probability"``.

    Raises
    ------
    EquationError
        With the place of what cannot be read, or means nothing here.
    """
    expression = parse_expression(text, what)
    for node in walk(expression):
        named = isinstance(node, Symbol) and node.side is None and node.name in ("d", "pi")
        if isinstance(node, Symbol | InputSum | Derivative | Draw) and not named:
            assert node.span is not None
            name = node.name if isinstance(node, Symbol) else node.span.text[node.span.column :][: node.span.length]
            refuse(f"'{name}' means nothing here", node.span, "the distance of the two neurons is called d.")
    return expression


def has_formula(spec: ProjectionSpec) -> bool:
    """Return whether anything in a projection depends on the distance."""
    return any(isinstance(it, Distance) for it in (spec.weights, spec.delay, getattr(spec.rule, "probability", None)))


def describe_formula(
    keeper: Keeper, distance: Distance, spec: ProjectionSpec, what: str, functions: Mapping[str, Any]
) -> Any:
    """Return a ``distann_formula *`` for a projection, made of functions that are ``const distann_kernel *``."""
    pre, post = spec.pre.geometry, spec.post.geometry
    c = keeper.new("distann_formula *")
    code = [
        (functions[name] if name else keeper.ffi.NULL, number)
        for name, number in _postfix(parse_distance(distance.expression, what))
    ]
    c.code, c.n_code = keeper.new("distann_code[]", code), len(code)
    c.dimensions, c.wrap = len(pre), int(distance.wrap)
    c.pre_shape, c.post_shape = keeper.new("int64_t[]", list(pre)), keeper.new("int64_t[]", list(post))
    c.extent = keeper.new("double[]", list(distance.extents(len(pre))))
    return c


def _postfix(node: Expression) -> list[tuple[str | None, float]]:
    """Return the operations in the order in which they are done: a name, or None and a number."""
    match node:
        case Number(value=value):
            return [(None, float(value))]
        case Symbol(name=name):
            return [(None, math.pi) if name == "pi" else ("d", 0.0)]
        case Unary(operator=operator, operand=operand):
            return [*_postfix(operand), ("-x" if operator == "-" else operator, 0.0)]
        case Binary(operator=name) | Compare(operator=name) | Logic(operator=name):
            return [*_postfix(node.left), *_postfix(node.right), (name, 0.0)]
        case Call(function=function, arguments=arguments):
            return [*(step for argument in arguments for step in _postfix(argument)), (function, 0.0)]
        case Select(condition=condition, then=then, otherwise=otherwise):
            return [*_postfix(condition), *_postfix(then), *_postfix(otherwise), ("select", 0.0)]
    raise TypeError(f"not an expression of the distance: {node!r}")


def reach_of(distance: Distance, spec: ProjectionSpec, what: str, farthest: float = math.inf) -> tuple[float, float]:
    """Return the smallest and the largest value between the neurons of two populations.

    Raises
    ------
    ConfigurationError
        When there are too many distances to look at, and the expression has no bounds of its own.
    """
    low, high = distance.bounds
    if math.isfinite(low) and math.isfinite(high):
        return low, high
    d = _distances(distance, spec)
    if d is None:
        raise ConfigurationError(
            f"projection '{spec.name}' has too many different distances to find the smallest and the largest of its "
            f"{what}: say them, as in Distance({distance.expression!r}, min=..., max=...)."
        )
    d = d[d <= farthest]
    expression = parse_distance(distance.expression, what)
    with np.errstate(all="ignore"):
        values = np.broadcast_to(evaluate(expression, lambda _: d, d.shape, np.random.default_rng(0)), d.shape)
    if not np.isfinite(values).all():
        worst = d[~np.isfinite(values)][0]
        raise ConfigurationError(f"projection '{spec.name}': {what} are not finite at the distance {worst:g}.")
    values = np.clip(values, low, high)
    return (float(values.min()), float(values.max())) if values.size else (0.0, 0.0)


def _distances(distance: Distance, spec: ProjectionSpec) -> NDArray[np.float64] | None:
    """Return all distances that occur, or None where they are too many."""
    squares = [np.zeros(1)]
    extents = distance.extents(len(spec.pre.geometry))
    for n_pre, n_post, extent in zip(spec.pre.geometry, spec.post.geometry, extents, strict=True):
        if n_pre * n_post > MOST_DISTANCES * 4:
            return None
        pre, post = (_places(n, extent, distance.wrap) for n in (n_pre, n_post))
        gaps = np.abs(np.subtract.outer(pre, post)).reshape(-1)
        gaps = np.minimum(gaps, extent - gaps) if distance.wrap else gaps
        squares.append(np.unique(gaps**2))
    if math.prod(len(square) for square in squares) > MOST_DISTANCES:
        return None
    sums = functools.reduce(np.add.outer, squares)
    return np.sqrt(sums.reshape(-1))


def _places(n: int, extent: float, wrap: bool) -> NDArray[np.float64]:
    return extent * (np.arange(n) + 0.5) / n if wrap else extent * np.arange(n) / max(1, n - 1)
