"""Whatever the text: a result, or an `EquationError` that points into it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from distann.codegen.driver import generate
from distann.codegen.syntax import format_expression, parse_block, parse_expression, parse_parameters
from distann.codegen.tree import rebuild, walk
from distann.errors import ConfigurationError, EquationError
from distann.model import Neuron
from distann.models import list_standard_neurons
from tests.reference.random_models import random_neurons

PARSERS: list[Callable[[str], Any]] = [
    lambda text: parse_block(text, "equations"),
    lambda text: parse_parameters(text),
    lambda text: parse_expression(text, "spike"),
]
WORDS = [
    "a", "v", "dt", "dv/dt", "du / dt", "1", "2.5", "1e3", "+", "-", "*", "/", "**", "^", "<", ">=", "==", "=", "+=",
    "(", ")", "((", ",", ".", ":", ";", "\n", " ", "#", "if", "else", "else:", "and", "or", "not", "is", "True",
    "sum", "sum(", "pre.", "post.", "exp(", "clip(", "Uniform(", "Normal(0, 1)", "init", "init=", "min", "population",
    "event-driven", "rk4", "?", "τ", "\t", "\r", "ite(a, b, c)",
]  # fmt: skip
TEXTS = [text for n in list_standard_neurons() for text in (n.parameters, n.equations, n.spike or "v > 1")]


def check(text: str) -> None:
    for parse in PARSERS:
        try:
            parse(text)
        except EquationError as error:
            lines = [line.removesuffix("\r") for line in text.split("\n")]
            assert error.text == lines[error.line - 1]
            assert 0 <= error.column <= len(error.text)
            assert error.length >= 1 and error.reason


@given(st.lists(st.sampled_from(WORDS), max_size=25).map(" ".join))
def test_soup_of_words(text: str) -> None:
    check(text)


@given(st.lists(st.sampled_from(WORDS), max_size=25).map("".join))
def test_soup_without_spaces(text: str) -> None:
    check("v = " + text)


@given(st.text())
def test_any_characters(text: str) -> None:
    check(text)


@given(st.sampled_from(TEXTS), st.integers(0, 400), st.integers(0, 12), st.sampled_from(["", *WORDS]))
def test_damaged_models(text: str, position: int, length: int, instead: str) -> None:
    position %= len(text) + 1
    check(text[:position] + instead + text[position + length :])


@pytest.mark.parametrize(
    "text",
    [
        "(" * 100_000,
        ")" * 100_000,
        "(\n" * 10_000,
        "(" * 4_000 + "a" + ")" * 4_000,
        "(" * 101 + "a" + ")" * 101,
        "(\n" * 1_000 + "a" + ")\n" * 1_000,
        "-" * 9_000 + "a",
        "not " * 2_000 + "a",
        "a" + "+a" * 1_000,
        "a" + "**a" * 3_000,
        "a" + "<a" * 1_000,
        "a" + " and a" * 1_500,
        "a < a" + "+a" * 1_000 + " < a",
        "if a: " * 1_500,
        "if a: " * 150 + "b" + " else: c" * 150,
        "exp(" * 2_000 + "a" + ")" * 2_000,
        "exp(a*" * 101 + "a" + ")" * 101,
        "(a<" * 90 + "a" + "<a)" * 90,
        "(a < (" * 40 + "a" + ") < a)" * 40,
        "a" * 10_001,
        "a\n" * 500_001,
        "1e999",
        "1" * 400,
        "__import__('os').system('true')",
        "a.__class__",
        "().__class__",
        "lambda: 0",
        "[x for x in y]",
        "exec(a)",
        '"""',
        "a := 3",
        "f'{a}'",
        "\N{FULLWIDTH LATIN SMALL LETTER A} + 1",
        "\N{MATHEMATICAL ITALIC SMALL V} + 1",
        "a\u2028b",
        "\ud800",
    ],
)
def test_hostile_texts_are_refused(text: str) -> None:
    for parse, prefix in zip(PARSERS, ("v = ", "v = ", ""), strict=True):
        with pytest.raises(EquationError) as caught:
            parse(prefix + text)
        assert len(str(caught.value)) < 40_000


@pytest.mark.parametrize(
    "text",
    [
        "(" * 100 + "a" + ")" * 100,
        "a*(" * 99 + "a" + ")" * 99,
        "exp(a*" * 99 + "a" + ")" * 99,
        "ite(a, b, a+" * 99 + "a" + ")" * 99,
        "-" * 100 + "a",
        "a" + "+a" * 199,
        "a" + "**a" * 199,
        "a or b and c < d + e * (" * 30 + "a" + ")" * 30,
    ],
)
def test_the_deepest_texts_can_be_walked(text: str) -> None:
    expression = parse_expression(text, "psp")
    assert rebuild(expression, lambda node: node) == expression
    assert len(list(walk(expression))) > 0 and hash(expression)
    assert parse_expression(format_expression(expression), "psp") == expression


def test_nothing_is_evaluated() -> None:
    assert format_expression(parse_expression("9**9**9**9", "psp")) == "9**9**9**9"
    assert format_expression(parse_expression("1/0", "psp")) == "1 / 0"


def test_a_long_block_is_read() -> None:
    assert len(parse_block("v = v + exp(-v / tau) * 2.5 : min = 0\n" * 300, "equations")) == 300


@st.composite
def damaged(draw: st.DrawFn, text: str) -> str:
    """Return the text with a few characters removed, repeated or replaced."""
    for _ in range(draw(st.integers(1, 4))):
        begin, other = draw(st.integers(0, len(text))), draw(st.integers(0, len(text)))
        end = begin + draw(st.sampled_from([0, 0, 1, 3, 7]))
        repeated = text[other : other + draw(st.integers(0, 12))]
        text = text[:begin] + draw(st.sampled_from(["", repeated, *WORDS])) + text[end:]
    return text


def test_damaged_models_become_source_or_an_error() -> None:
    whole = [*list_standard_neurons(), *random_neurons(20)]
    outcomes: Counter[str] = Counter()

    @settings(max_examples=max(700, settings.default.max_examples))
    @given(st.data())
    def damage(data: st.DataObject) -> None:
        neuron = data.draw(st.sampled_from(whole))
        kept = {name: getattr(neuron, name) for name in ("parameters", "reset", "refractory")}
        texts = {"equations": neuron.equations, "spike": neuron.spike or "", "functions": neuron.functions or ""}
        name = data.draw(st.sampled_from([name for name, text in texts.items() if text]))
        changed = data.draw(damaged(texts[name]))
        try:
            generate([Neuron(**kept, **texts | {name: changed})], [])
            outcomes["source"] += 1
        except (EquationError, ConfigurationError) as error:
            assert str(error)
            outcomes["error"] += 1

    damage()
    assert outcomes["source"] > 20 and outcomes["error"] > 20
