"""Expressions and names as C++."""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from distann.codegen.ir import Type
from distann.codegen.nodes import (
    Binary,
    Call,
    Compare,
    Draw,
    Entry,
    Expression,
    Iteration,
    Logic,
    Number,
    Propagator,
    Select,
    Symbol,
    Unary,
)
from distann.codegen.tree import constant

__all__ = ["Printer", "comment", "identifiers"]

# Words that C++ or the generated structs keep for themselves.
RESERVED = frozenset(
    """alignas alignof and and_eq asm auto bitand bitor bool break case catch char class compl concept const
    consteval constexpr constinit const_cast continue co_await co_return co_yield decltype default delete do
    double dynamic_cast else enum explicit export extern false float for friend goto if inline int integer
    long mutable namespace new noexcept not not_eq nullptr operator or or_eq private protected public real
    register reinterpret_cast requires return short signed sizeof static static_assert static_cast struct
    switch template this thread_local throw true try typedef typeid typename union unsigned using virtual
    void volatile wchar_t while xor xor_eq distann math random draw once update reset spiking uniforms
    normals word n i j s post pre rows Propagator events neurons psp add operation synapse_fields field Draws Segment
    distann_neurons distann_rows distann_events distann_post_spikes Place values shared kept record records place delay
    arrive relax relax_shared learn emit shared_fields replays relaxes hurried int64_t int32_t linux unix
    NULL source time probability pairs distann_pairs""".split()
)
PREDICATES = ("isnan", "isfinite")
FUNCTION_NAMES = {"maximum": "fmax", "minimum": "fmin"}
BINDING = {"or": 1, "and": 2, "compare": 4, "+": 5, "-": 5, "*": 6, "/": 6, "unary": 7, "atom": 9}


def identifiers(names: Iterable[str]) -> dict[str, str]:
    """Return a C++ name for each name, all different: the user's own wherever C++ allows it."""
    taken: set[str] = set()
    found: dict[str, str] = {}
    for name in names:
        word = re.sub(r"\W+", "_", name).strip("_")
        if not word or word[0].isdigit():
            word = f"x{word}"
        while word in RESERVED or word in taken or word + "_at" in taken:
            word += "_"
        taken |= {word, word + "_at"}
        found[name] = word
    return found


def comment(source: str) -> str:
    """Return the user's line as it can stand behind ``//``: without its own comment, on one line."""
    text = re.sub(r"[^\x20-\x7e]+", " ", source.split("#")[0])
    return text.strip().rstrip("\\ ")  # behind a backslash, even with blanks between, the comment would go on


@dataclass(frozen=True, slots=True)
class Printer:
    """Prints expressions as C++.

    Attributes
    ----------
    names : mapping of str to str
        From the names of the kernel to identifiers.
    types : mapping of str to Type
        Of the names that are not real numbers.
    suffix : str
        Of real literals.
    draw : str
        How a standard draw is written: a format with ``{distribution}`` and ``{number}``.
    """

    names: Mapping[str, str]
    types: Mapping[str, Type]
    suffix: str
    draw: str

    def is_condition(self, node: Expression) -> bool:
        """Tell whether the expression is a truth value rather than a number."""
        match node:
            case Compare() | Logic():
                return True
            case Unary(operator=operator):
                return operator == "not"
            case Number(value=value):
                return isinstance(value, bool)
            case Symbol(name=name):
                return self.types.get(name) is Type.BOOL
            case Call(function=function):
                return function in PREDICATES
            case Select(then=then, otherwise=otherwise):
                return self.is_condition(then) and self.is_condition(otherwise)
        return False

    def condition(self, node: Expression) -> str:
        """Print as a ``bool``; a number is true when it is not 0."""
        text, binding = self._print(node)
        if self.is_condition(node):
            return text
        return f"{_within(text, binding, BINDING['compare'] + 1)} != 0"

    def number(self, node: Expression) -> str:
        """Print as a ``real``; a truth value is 1 or 0."""
        return self._number(node)[0]

    def _number(self, node: Expression) -> tuple[str, int]:
        text, binding = self._print(node)
        if self.is_condition(node) or (isinstance(node, Symbol) and self.types.get(node.name) is Type.INT):
            return f"real({text})", BINDING["atom"]
        return text, binding

    def _print(self, node: Expression) -> tuple[str, int]:
        match node:
            case Number(value=bool() as value):
                return ("true" if value else "false"), BINDING["atom"]
            case Number(value=value):
                return self._literal(value)
            case Symbol(name="pi"):
                return self._literal(math.pi)
            case Symbol(name=name):
                return self.names[name], BINDING["atom"]
            case Unary(operator="-", operand=operand):
                return "-" + _within(*self._number(operand), BINDING["unary"] + 1), BINDING["unary"]
            case Unary(operand=operand):
                return f"!({self.condition(operand)})", BINDING["unary"]
            case Binary(operator="**", left=left, right=right):
                return self._power(left, right), BINDING["atom"]
            case Binary(operator=operator, left=left, right=right):
                own = BINDING[operator]
                return (
                    f"{_within(*self._number(left), own)} {operator} {_within(*self._number(right), own + 1)}",
                    own,
                )
            case Compare(operator=operator, left=left, right=right):
                own = BINDING["compare"] + 1
                return (
                    f"{_within(*self._number(left), own)} {operator} {_within(*self._number(right), own)}",
                    own - 1,
                )
            case Logic(operator=operator, left=left, right=right):
                # One operator for bools without a branch, so that the loop vectorises.
                sign = "&" if operator == "and" else "|"
                return f"({self.condition(left)}) {sign} ({self.condition(right)})", BINDING[operator]
            case Call(function=function, arguments=arguments):
                inside = ", ".join(self.number(argument) for argument in arguments)
                return f"math::{FUNCTION_NAMES.get(function, function)}({inside})", BINDING["atom"]
            case Select(condition=condition, then=then, otherwise=otherwise):
                both = self.condition if self.is_condition(node) else self.number
                return f"({self.condition(condition)} ? {both(then)} : {both(otherwise)})", BINDING["atom"]
            case Draw(distribution=distribution, number=number):
                return self.draw.format(distribution=distribution, number=number), BINDING["atom"]
            case Entry(matrix=matrix, part=part, row=row, column=column):
                return f"{self.names[matrix]}.{part}[{row}][{column}]", BINDING["atom"]
        raise TypeError(f"cannot be printed as C++: {node!r}")

    def propagator(self, name: str, matrix: Propagator) -> str:
        """Print the declaration of a `Propagator`."""
        rows = ", ".join("{" + ", ".join(self.number(entry) for entry in row) + "}" for row in matrix.rows)
        return f"const Propagator<{len(matrix.rows)}, real> {self.names[name]}({{{rows}}});"

    def iteration(self, loop: Iteration) -> list[str]:
        """Print the lines of an `Iteration`; unrolled, it lets the loop around it become vector code."""
        state = [self.names[name] for name in loop.state]
        starts = (f"real {name} = {self.number(start)};" for name, start in zip(state, loop.starts, strict=True))
        values = zip(loop.names, loop.values, strict=True)
        body = [f"    const real {self.names[name]} = {self.number(value)};" for name, value in values]
        body += [f"    {name} = {self.number(update)};" for name, update in zip(state, loop.updates, strict=True)]
        head = f"for (int time = 0; time < {loop.count}; time++) {{"
        return [*starts, f"#pragma GCC unroll {loop.count}", head, *body, "}"]

    def _literal(self, value: float) -> tuple[str, int]:
        text = repr(float(value)) + self.suffix
        return text, BINDING["unary"] if value < 0 else BINDING["atom"]

    def _power(self, base: Expression, exponent: Expression) -> str:
        value = constant(exponent)
        if value is not None and float(value).is_integer() and abs(value) <= 64:
            return f"math::power({self.number(base)}, {int(value)})"
        return f"math::pow({self.number(base)}, {self.number(exponent)})"


def _within(text: str, binding: int, around: int) -> str:
    return text if binding >= around else f"({text})"
