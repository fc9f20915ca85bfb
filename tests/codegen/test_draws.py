"""Random terms become formulas over standard draws, checked with given quantiles against scipy's distributions."""

from __future__ import annotations

from typing import Any

import pytest
from scipy import stats

from distann.codegen.draws import FORMULAS, Draws
from distann.codegen.nodes import Draw
from distann.codegen.syntax import parse_expression
from distann.codegen.tree import walk
from distann.codegen.vocabulary import DISTRIBUTIONS
from tests.reference.evaluator import Source, evaluate

NAMES = {"a": -0.5, "b": 2.0}


def given(**standard: float) -> Source:
    """Whatever the number of a draw: its value by the standard distribution."""
    return lambda distribution, number: standard[distribution]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Uniform(0, 1)", stats.uniform()),
        ("Uniform(-3, 5)", stats.uniform(-3, 8)),
        ("Uniform(a, b)", stats.uniform(-0.5, 2.5)),
        ("Uniform(0, b)", stats.uniform(0, 2)),
        ("Normal(0, 1)", stats.norm()),
        ("Normal(a, b)", stats.norm(-0.5, 2)),
        ("Normal(0, b * b)", stats.norm(0, 4)),
        ("Normal(a + 1, 1)", stats.norm(0.5, 1)),
        ("LogNormal(a, b)", stats.lognorm(2.0, scale=0.6065306597126334)),
        ("DiscreteUniform(2, 5)", stats.randint(2, 6)),
    ],
)
def test_quantiles(text: str, expected: Any) -> None:
    formula = Draws().number(parse_expression(text, "equations"))
    for quantile in (0.01, 0.1, 0.3, 0.52, 0.77, 0.99):
        found = evaluate(formula, NAMES, given(uniform=quantile, normal=stats.norm.ppf(quantile)))
        assert found == pytest.approx(expected.ppf(quantile), rel=1e-12)


def test_exponential_has_a_rate() -> None:
    formula = Draws().number(parse_expression("Exponential(b)", "equations"))
    for quantile in (0.01, 0.5, 0.99):
        found = evaluate(formula, NAMES, given(uniform=quantile))
        assert found == pytest.approx(stats.expon(scale=1 / 2.0).isf(quantile), rel=1e-12)


def test_bounds_clip() -> None:
    formula = Draws().number(parse_expression("Normal(0, 1, a, b)", "equations"))
    found = [evaluate(formula, NAMES, given(normal=value)) for value in (-9.0, 0.25, 9.0)]
    assert found == [-0.5, 0.25, 2.0]


def numbers(draws: Draws, text: str) -> list[tuple[str, int]]:
    formula = draws.number(parse_expression(text, "equations"))
    return [(node.distribution, node.number) for node in walk(formula) if isinstance(node, Draw)]


def test_every_occurrence_is_a_draw_of_its_own() -> None:
    draws = Draws()
    assert numbers(draws, "Uniform(0, 1) - Uniform(0, 1)") == [("uniform", 0), ("uniform", 1)]
    assert numbers(draws, "Normal(0, 1) + Uniform(0, 1) * Normal(0, 1)") == [
        ("normal", 0), ("uniform", 2), ("normal", 1),
    ]  # fmt: skip
    assert (draws.uniforms, draws.normals) == (3, 2)


def test_draws_outside_the_loop_follow_those_inside() -> None:
    draws = Draws()
    numbers(draws, "Normal(0, 1) + Uniform(0, 1)")
    draws.leave_loop()
    assert numbers(draws, "Normal(0, 1) - Uniform(0, 1)") == [("normal", 2), ("uniform", 3)]
    assert (draws.uniforms, draws.normals) == (1, 1)


def test_a_draw_in_an_argument() -> None:
    assert numbers(Draws(), "Normal(Uniform(0, 1), 1)") == [("uniform", 0), ("normal", 0)]


def test_formulas_are_of_distributions() -> None:
    assert FORMULAS.keys() <= DISTRIBUTIONS.keys()
