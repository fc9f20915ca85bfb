"""Functions of the user's: written out where they are called, each argument evaluated as often as it is named."""

from __future__ import annotations

import time

import pytest

from distann.codegen.definitions import Definitions, Functions
from distann.codegen.draws import Draws
from distann.codegen.nodes import Draw
from distann.codegen.syntax import format_expression, parse_expression
from distann.codegen.tree import walk
from distann.errors import EquationError


def written_out(text: str, functions: str, *shared: str) -> str:
    known = Functions(Definitions(shared, ("c",)), functions)
    return format_expression(parse_expression(text, "equations", known))


@pytest.mark.parametrize(
    ("functions", "call", "result"),
    [
        ("f(x) = x**2", "f(a + 1)", "(a + 1)**2"),
        ("f(x, y) = x - y", "f(y, x)", "y - x"),
        ("f(x) = 2 * x\ng(x, y) = f(x) / f(y)", "g(a, f(b))", "2 * a / (2 * (2 * b))"),
        ("g(x) = f(x) + 1\nf(x) = -x", "g(a)", "-a + 1"),
        ("f() = 3 * c", "f()", "3 * c"),
        ("f(x) = if x > 0: if x > 1: 1 else: x else: 0", "f(a)", "ite(a > 0, ite(a > 1, 1, a), 0)"),
        ("f(x) = x : float, double", "f(a)", "a"),
        ("f(x) = x / 2 : int", "f(a)", "trunc(a / 2)"),
        ("f(x) = x : bool", "f(a)", "a != 0"),
        ("f(x) = h(x) + 1", "f(a)", "a * a + 1"),
        ("h(x) = x", "h(a)", "a"),  # the model's own hides the shared one
    ],
)
def test_calls_are_written_out(functions: str, call: str, result: str) -> None:
    assert written_out(call, functions, "h(x) = x * x") == result


@pytest.mark.parametrize(
    ("functions", "reason"),
    [
        ("f(x) = f(x - 1)", "the function 'f' calls itself"),
        ("f(x) = g(x)\ng(x) = f(x)", "calls itself"),
        ("f(x) = x + y", "unknown name 'y'"),
        ("f(x) = x + Normal(0, 1)", "with its arguments only"),
        ("f(x) = mean(x)", "with its arguments only"),
        ("f(x) = pre.r", "with its arguments only"),
        ("f(x) = sum(exc)", "with its arguments only"),
        ("exp(x) = x", "reserved name"),
        ("f(x) = 1\nf(y) = 2", "defined twice"),
        ("f(x, x) = 1", "cannot be the name of an argument"),
        ("f(exp) = 1", "cannot be the name of an argument"),
        ("f = 3", "this is not a function"),
        ("f(2) = 3", "this is not a function"),
        ("f(x y) = 3", "this is not a function"),
        ("f(x) += 3", "this is not a function"),
        ("f(x) = x : number", "a type is expected"),
        ("f(x) = x x", "an operator is expected"),
        ("f(x)", "assignment"),
        ("f(x = 2", "never closed"),
    ],
)
def test_definitions_that_are_none(functions: str, reason: str) -> None:
    with pytest.raises(EquationError, match=reason.replace("(", r"\(")) as caught:
        Functions(Definitions(), functions)
    assert caught.value.block == "functions"


@pytest.mark.parametrize(
    ("call", "reason"),
    [("f(1)", "takes 2 arguments, not 1"), ("ff(1, 2)", "unknown function 'ff'"), ("f(1, 2, 3)", "not 3")],
)
def test_calls_that_do_not_fit(call: str, reason: str) -> None:
    with pytest.raises(EquationError, match=reason):
        written_out(call, "f(x, y) = x + y")


def test_a_random_argument_is_one_draw() -> None:
    known = Functions(Definitions(), "f(x) = x * x")
    draws = Draws()
    product = draws.number(parse_expression("f(Uniform(0, 1)) - f(Uniform(0, 1))", "equations", known))
    assert [n.number for n in walk(product) if isinstance(n, Draw)] == [0, 0, 1, 1]
    assert draws.uniforms == 2


def test_functions_that_multiply_do_not_explode() -> None:
    lines = ["f0(x) = x * x"] + [f"f{n}(x) = f{n - 1}(x) * f{n - 1}(x)" for n in range(1, 60)]
    begin = time.perf_counter()
    with pytest.raises(EquationError, match="more than 5000 operations"):
        Functions(Definitions(), "\n".join(lines))
    assert time.perf_counter() - begin < 5.0  # not 2**60 operations
