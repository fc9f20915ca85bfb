"""Hoisting changes where something is computed, and never what."""

from __future__ import annotations

import random

import pytest

from distann.codegen.hoist import hoist
from distann.codegen.ir import Let, Set, Type
from distann.codegen.nodes import Symbol
from distann.codegen.scope import Scope
from distann.codegen.syntax import parse_expression
from distann.codegen.tree import symbols
from tests.reference.evaluator import execute

INVARIANT = ("tau", "p", "dt", "t", "pi")
LOCAL = ("v", "g")


def statements(*lines: str) -> list[Let | Set]:
    """``let x = ...`` or ``x = ...``."""
    found: list[Let | Set] = []
    for line in lines:
        name, text = line.removeprefix("let ").split(" = ")
        kind = Let if line.startswith("let ") else Set
        found.append(kind(name, parse_expression(text, "equations")))
    return found


def hoisted(*lines: str) -> tuple[list[Let | Set], list[Let | Set]]:
    body = statements(*lines)
    taken = {*INVARIANT, *LOCAL, *(statement.name for statement in body)}
    return hoist([], body, INVARIANT, Scope(taken))


BODIES = [
    ("v = v * exp(-dt / tau)",),
    ("let f = exp(-dt / tau)", "let h = 1 - f", "v = v * f + h * g"),
    ("v = g / tau + v / tau", "g = p / tau + p / tau * v"),
    ("let f = v / tau", "v = f + sqrt(p)", "g = sqrt(p) + sqrt(v)"),
    ("v = ite(exp(p) > 1, v, g) + p**3 * v**3",),
    ("v = ite(t > p / 2, exp(t), v)", "g = p * tau + v"),
    ("v = log(v * v + exp(tau)) + pi / 3 * clip(p, 0, 1)",),
]


@pytest.mark.parametrize("lines", BODIES)
def test_values_stay_the_same(lines: tuple[str, ...]) -> None:
    once, body = hoisted(*lines)
    generator = random.Random(1)
    for _ in range(10):
        state = {name: generator.uniform(0.5, 2.0) for name in (*INVARIANT, *LOCAL)}
        expected, found = dict(state), dict(state)
        execute(statements(*lines), expected, {})
        execute([*once, *body], found, {})
        assert {name: found[name] for name in LOCAL} == {name: expected[name] for name in LOCAL}


@pytest.mark.parametrize("lines", BODIES)
def test_what_is_computed_once_does_not_vary(lines: tuple[str, ...]) -> None:
    once, body = hoisted(*lines)
    assert once
    known = set(INVARIANT)
    for statement in once:
        assert isinstance(statement, Let) and symbols(statement.value) <= known
        known.add(statement.name)
    assert [s.name for s in body if isinstance(s, Set)] == [s.name for s in statements(*lines) if isinstance(s, Set)]


def test_equal_parts_are_computed_once() -> None:
    once, body = hoisted("v = v * exp(-dt / tau)", "g = g * exp(-dt / tau)")
    assert len(once) == 1 and all(symbols(statement.value) & {once[0].name} for statement in body)


def test_cheap_parts_stay_where_the_user_wrote_them() -> None:
    for line in ("v = v + 2 * p", "v = -tau + v", "v = 3.0", "v = p - tau * dt + g"):
        once, body = hoisted(line)
        assert not once and body == statements(line)


def test_names_are_fresh() -> None:
    body = statements("v = constant0 / tau + v / 1 + exp(p)")
    once, kept = hoist([], body, INVARIANT, Scope({"constant0", "v", *INVARIANT}))
    assert [let.name for let in once] == ["constant0_"]
    assert "constant0" in symbols(kept[0].value)


def test_draws_inputs_and_conditions_stay() -> None:
    for line in ("v = exp(Normal(0, 1))", "v = exp(sum(exc)) + 1"):
        once, body = hoisted(line)
        assert not once and body == statements(line)
    mask: list[Let | Set] = [Let("active", Symbol("p"), Type.BOOL)]
    assert hoist([], mask, INVARIANT, Scope(())) == ([], mask)


def test_what_was_once_comes_first() -> None:
    first: list[Let | Set] = [Set("p", Symbol("tau"))]
    once, _ = hoist(first, statements("v = exp(p) + v"), INVARIANT, Scope({"v"}))
    assert once[0] == first[0] and symbols(once[1].value) == {"p"}
