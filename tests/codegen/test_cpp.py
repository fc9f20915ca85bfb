"""Printed expressions, against the expressions themselves: C++'s arithmetic operators and Python's bind alike."""

from __future__ import annotations

import math
import random
import re
from types import SimpleNamespace

import pytest

from distann.codegen.cpp import RESERVED, Printer, comment, identifiers
from distann.codegen.ir import Type
from distann.codegen.nodes import Binary, Compare, Draw, Expression, Logic, Number, Select, Symbol, Unary
from distann.codegen.syntax import parse_expression
from tests.reference.evaluator import FUNCTIONS, evaluate

NAMES = {"a": 1.5, "b": -2.0, "c": 0.25, "k": 3, "yes": True, "no": False}
TYPES = {"k": Type.INT, "yes": Type.BOOL, "no": Type.BOOL}
PRINTER = Printer({name: name for name in NAMES}, TYPES, "", "draw.{distribution}({number})")
LIBRARY = SimpleNamespace(
    power=pow, pow=pow, fmax=max, fmin=min, **{name: getattr(math, name) for name in ("exp", "sqrt", "sin", "floor")},
    **{name: call for name, call in FUNCTIONS.items() if name not in ("maximum", "minimum")},
)  # fmt: skip


def compute(text: str) -> float:
    """Read what was printed as Python: `!`, `true` and `::` are what Python writes differently."""
    text = text.replace("!=", "≠").replace("!", " not ").replace("≠", "!=").replace("true", "True")
    text = text.replace("false", "False").replace("math::", "math.")
    result: float = eval(text, {"math": LIBRARY, "real": float, **NAMES})
    return result


@pytest.mark.parametrize(
    "text",
    [
        "a + b * c", "(a + b) * c", "a - (b - c)", "a - b - c", "a / b / c", "a / (b / c)", "a / (b * c)", "-(a + b)",
        "--a", "a - -b", "-a**2", "(-a)**2", "a**-2", "a**(b + 1)", "1 / 3", "k / 2", "k / 2 * 2", "-a * b", "-(a * b)",
        "(a - b) + (c - a)", "a * (b / c)", "exp(a) / (1 + exp(a))", "clip(a, b, c)", "minimum(a, b) + maximum(a, b)",
        "a + yes", "a * (b < c)", "(a < b) + (c < a)", "k + k", "-1.5", "a - 1e-5", "2 * pi",
    ],
)  # fmt: skip
def test_numbers(text: str) -> None:
    expression = parse_expression(text, "equations")
    assert compute(PRINTER.number(expression)) == evaluate(expression, NAMES)


@pytest.mark.parametrize(
    "text",
    ["a < b", "not a < b", "a < b and b < c or c < a", "a < b and (b < c or c < a)", "not (a < b and b < c)", "yes",
     "not yes", "yes and not no", "a", "a - a", "k", "a + b < c * a", "a == 1.5", "k == 3", "k != 3 or no",
     "yes == True", "(a < b) == (b < c)", "True", "a and c", "(a < c) < b"],
)  # fmt: skip
def test_conditions(text: str) -> None:
    expression = parse_expression(text, "spike")
    assert bool(compute(PRINTER.condition(expression))) == bool(evaluate(expression, NAMES))


def test_selections() -> None:
    assert PRINTER.number(parse_expression("ite(a < b, a, ite(yes, 2, k))", "equations")) == (
        "(a < b ? a : (yes ? 2.0 : real(k)))"
    )
    assert PRINTER.condition(parse_expression("ite(a < b, yes, c > a)", "equations")) == "(a < b ? yes : c > a)"
    assert PRINTER.condition(parse_expression("ite(a < b, yes, c)", "equations")) == "(a < b ? real(yes) : c) != 0"


def random_expression(generator: random.Random, depth: int) -> Expression:
    if depth == 0:
        leaves: list[Expression] = [*map(Symbol, NAMES), Number(2.0), Number(-0.5)]
        return generator.choice(leaves)
    left, right = (random_expression(generator, generator.randrange(depth)) for _ in range(2))
    kind = generator.randrange(8)
    if kind < 4:
        return Binary(generator.choice("+-*"), left, right)
    if kind == 4:
        return Unary("-", left)
    if kind == 5:
        return Compare(generator.choice(["<", "<=", "==", "!="]), left, right)
    if kind == 6:
        return Logic(generator.choice(["and", "or"]), left, right)
    return Unary("not", left)


def test_random_expressions() -> None:
    generator = random.Random(5)
    for _ in range(500):
        expression = random_expression(generator, 5)
        assert compute(PRINTER.number(expression)) == evaluate(expression, NAMES)
        assert bool(compute(PRINTER.condition(expression))) == bool(evaluate(expression, NAMES))


def test_conditions_have_no_branches() -> None:
    text = PRINTER.condition(parse_expression("a < b and b < c or not yes", "spike"))
    assert "&&" not in text and "||" not in text


def test_literals_are_real_in_every_precision() -> None:
    single = Printer({}, {}, "f", "")
    assert PRINTER.number(Number(1.0)) == "1.0" and single.number(Number(1.0)) == "1.0f"
    assert single.number(parse_expression("1 / 3", "equations")) == "1.0f / 3.0f"
    assert PRINTER.number(Number(0.1)) == repr(0.1)
    assert float(PRINTER.number(Symbol("pi"))) == math.pi


def test_powers() -> None:
    for text, printed in {
        "a**2": "math::power(a, 2)", "a**-1": "math::power(a, -1)", "a**0.5": "math::pow(a, 0.5)",
        "a**b": "math::pow(a, b)", "a**100": "math::pow(a, 100.0)", "2**3**2": "math::pow(2.0, math::power(3.0, 2))",
    }.items():  # fmt: skip
        assert PRINTER.number(parse_expression(text, "equations")) == printed


def test_draws_and_selections_are_no_statements() -> None:
    assert PRINTER.number(Draw("uniform", number=3)) == "draw.uniform(3)"
    assert PRINTER.number(Select(Symbol("yes"), Number(1.0), Number(2.0))) == "(yes ? 1.0 : 2.0)"


# ---- names and comments ---------------------------------------------------------------------------------------------


def test_names_are_different_identifiers_that_c_does_not_keep() -> None:
    names = [
        "v", "v_at", "at", "_1", "1", "_", "__", "x", "__x", "x_", "sum(exc)", "sum_exc", "pre.r", "pre_r", "new",
        "new_", "class", "int", "refractory left", "refractory_left", "theta", "n", "i",
    ]  # fmt: skip
    found = identifiers(names)
    assert found["v"] == "v" and found["theta"] == "theta"
    words = list(found.values())
    assert len(set(words)) == len(words)
    assert all(re.fullmatch(r"[A-Za-z][A-Za-z0-9_]*", word) and "__" not in word[:2] for word in words)
    assert not RESERVED & set(words)
    assert not {f"{word}_at" for word in words} & set(words)


@pytest.mark.parametrize(
    ("line", "printed"),
    [
        ("  v = 1.0  ", "v = 1.0"),
        ("v = 1.0 # a remark", "v = 1.0"),
        ("v = 1.0 \\", "v = 1.0"),
        ("v = 1.0 \\ \\\t", "v = 1.0"),
        ("v = 1.0 \\\N{NO-BREAK SPACE}", "v = 1.0"),
        ("v = \N{GREEK SMALL LETTER MU} \u2028 1.0", "v = 1.0"),
        ("v =\x0b1.0\r", "v = 1.0"),
        ("# nothing", ""),
    ],
)
def test_comments_end_with_their_line(line: str, printed: str) -> None:
    found = comment(line)
    assert re.sub(r" +", " ", found) == printed
    assert found.isprintable() and found.isascii() and not found.endswith(("\\", " "))
