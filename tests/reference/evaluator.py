"""Kernels evaluated by Python itself, one number at a time: what the generated C++ must compute."""

from __future__ import annotations

import math
import operator
from collections.abc import Callable, Iterable, Mapping, MutableMapping

from distann.codegen.ir import Kernel, Let, Set, Type
from distann.codegen.nodes import (
    Binary,
    Call,
    Compare,
    Draw,
    Expression,
    Iteration,
    Logic,
    Number,
    Select,
    Symbol,
    Unary,
)

State = MutableMapping[str, float]
Source = Callable[[str, int], float]

BINARY: dict[str, Callable[[float, float], float]] = {
    "+": operator.add, "-": operator.sub, "*": operator.mul, "/": operator.truediv, "**": operator.pow,
    "<": operator.lt, "<=": operator.le, ">": operator.gt, ">=": operator.ge, "==": operator.eq, "!=": operator.ne,
}  # fmt: skip
FUNCTIONS: dict[str, Callable[..., float]] = {
    "positive": lambda x: max(x, 0.0),
    "negative": lambda x: max(-x, 0.0),
    "clip": lambda x, low, high: min(max(x, low), high),
    "maximum": max,
    "minimum": min,
    "sign": lambda x: float((x > 0) - (x < 0)),
    "expm1_over": lambda z: math.expm1(z) / z if z else 1.0,
}


def no_draws(distribution: str, number: int) -> float:
    """Nothing is drawn where no numbers are given."""
    raise AssertionError(f"{distribution} draw {number}")


def evaluate(node: Expression, names: Mapping[str, float], draw: Source = no_draws) -> float:
    """Return the value of an expression without derivatives and sides."""

    def value(part: Expression) -> float:
        return evaluate(part, names, draw)

    match node:
        case Number(value=number):
            return number
        case Symbol(name="pi"):
            return math.pi
        case Symbol(name=name):
            return names[name]
        case Unary(operator="-", operand=operand):
            return -value(operand)
        case Unary(operand=operand):
            return not value(operand)
        case Binary() | Compare():
            return BINARY[node.operator](value(node.left), value(node.right))
        case Logic(operator="and", left=left, right=right):
            return bool(value(left)) and bool(value(right))
        case Logic(left=left, right=right):
            return bool(value(left)) or bool(value(right))
        case Select(condition=condition, then=then, otherwise=otherwise):
            return value(then) if value(condition) else value(otherwise)
        case Call(function=function, arguments=arguments):
            call = FUNCTIONS.get(function) or getattr(math, function)
            result: float = call(*map(value, arguments))
            return result
        case Draw(distribution=distribution, number=number):
            return draw(distribution, number)
    raise TypeError(f"not a number: {node!r}")


def execute(statements: Iterable[Let | Set], state: State, types: Mapping[str, Type], draw: Source = no_draws) -> None:
    """Run statements on the values of one neuron, or of one synapse."""
    for statement in statements:
        if isinstance(statement.value, Iteration):
            iterate(statement.value, state, draw)
            continue
        value = evaluate(statement.value, state, draw)
        kind = types.get(statement.name, Type.FLOAT)
        state[statement.name] = {Type.FLOAT: float, Type.INT: int, Type.BOOL: bool}[kind](value)


def iterate(loop: Iteration, state: State, draw: Source) -> None:
    """Run a loop; its names stay in the state."""
    state |= {name: evaluate(start, state, draw) for name, start in zip(loop.state, loop.starts, strict=True)}
    for _ in range(loop.count):
        for name, value in zip(loop.names, loop.values, strict=True):
            state[name] = evaluate(value, state, draw)
        new = [evaluate(update, state, draw) for update in loop.updates]
        state |= dict(zip(loop.state, new, strict=True))


def step(kernel: Kernel, state: State, draw: Source = no_draws) -> bool:
    """Advance one neuron by one step; return whether it spiked. `state` holds t and dt besides the fields."""
    types = {field.name: field.type for field in kernel.fields}
    for statements in (kernel.once, kernel.body):
        execute(statements, state, types, draw)
    spiked = kernel.spike is not None and bool(evaluate(kernel.spike, state, draw))
    if spiked:
        execute(kernel.reset, state, types, draw)
    return spiked
