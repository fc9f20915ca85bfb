"""Conditions that stop a run: what they say, and what is refused."""

from __future__ import annotations

import pytest

from distann import EquationError
from distann.codegen.stopping import analyse_stop_condition, lower_stop_condition
from distann.codegen.symbols import analyse_neuron
from distann.codegen.syntax import parse_expression
from tests.toys import CELL, RAMP

CELLS, RAMPS = analyse_neuron(CELL), analyse_neuron(RAMP)


@pytest.mark.parametrize(
    ("text", "condition", "every"),
    [
        ("seen > 1", "seen > 1", False),
        ("seen > 1 : any", "seen > 1", False),
        ("seen > 1 and\n on : all", "seen > 1 and on", True),
        ("if on: seen > 1 else: t > gain", "if on: seen > 1 else: t > gain", False),
        ("g_exc > 0 : all", "g_exc > 0", True),
    ],
)
def test_reading(text: str, condition: str, every: bool) -> None:
    stop = analyse_stop_condition(text, CELLS)
    assert stop.condition is not None and stop.condition == parse_expression(condition, "") and stop.every is every
    kernel = lower_stop_condition(stop, CELLS)
    assert kernel is not None and kernel.spike == stop.condition and not kernel.writes


@pytest.mark.parametrize(("text", "every"), [("spiked", False), ("spiked : any", False), ("spiked:all", True)])
def test_spikes(text: str, every: bool) -> None:
    stop = analyse_stop_condition(text, CELLS)
    assert stop.condition is None and stop.every is every and lower_stop_condition(stop, CELLS) is None


def test_inputs_of_rates() -> None:
    stop = analyse_stop_condition("sum(exc) > r", RAMPS)
    kernel = lower_stop_condition(stop, RAMPS)
    assert kernel is not None and {field.name for field in kernel.fields} == {"sum(exc)", "r"}


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("seem > 1", "unknown name 'seem'"),
        ("seen > 1 : al", "'al' does not say how many neurons must fulfil the condition"),
        ("seen > 1 : 3", "'3' does not say how many neurons"),
        ("spiked and seen > 1", "'spiked' stands alone"),
        ("seen > Uniform(0, 1)", "a stop condition draws no random numbers"),
        ("pre.seen > 1", "has no meaning in a neuron"),
        ("seen = 1", "="),
        (": any", "expected"),
        ("", "an expression is expected"),
    ],
)
def test_refusals(text: str, reason: str) -> None:
    with pytest.raises(EquationError, match=reason) as caught:
        analyse_stop_condition(text, CELLS)
    assert caught.value.block == "stop_condition" and caught.value.model == "Cell"


def test_rates_do_not_spike() -> None:
    with pytest.raises(EquationError, match="a rate-coded neuron has no spikes"):
        analyse_stop_condition("spiked", RAMPS)
