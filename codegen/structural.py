"""Rules of structural plasticity, ``condition : proba = 0.1, w = 0.5``: what they say, and what they cannot say."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import replace

from distann.codegen.checks import refuse, refuse_unknown
from distann.codegen.expressions import ExpressionParser, Known
from distann.codegen.ir import Axis, Role, StructuralRule, SynapseModel
from distann.codegen.lexer import Kind, Token, whole
from distann.codegen.limits import refuse_derivative
from distann.codegen.nodes import Draw, Expression, InputSum, Symbol
from distann.codegen.tree import constant, walk
from distann.errors import closest

__all__ = ["check_rules", "read_rule", "rule_expressions"]

# What can follow the condition, and the attribute of a rule that it becomes.
VALUES = {"creating": {"proba": "proba", "w": "weight", "d": "delay"}, "pruning": {"proba": "proba"}}
FIXED = (Role.PARAMETER, Role.CONSTANT)


# ---- reading ------------------------------------------------------------------------------------------------------


def read_rule(
    text: str | None, block: str, functions: Known, change: Callable[[Expression], Expression]
) -> StructuralRule | None:
    """Read ``condition [: proba = p, w = weight, d = delay]``; None where there is none.

    Parameters
    ----------
    text : str or None
    block : str
        ``"creating"`` or ``"pruning"``, which knows only ``proba``.
    functions : Known
        The user's functions that it can call.
    change : callable
        What becomes of the condition and the probability: names in place of operations over populations.

    Raises
    ------
    EquationError
        With the user's line and a caret.
    """
    if text is None:
        return None
    rule = _RuleParser(whole(text, block), functions).rule(VALUES[block])
    return replace(rule, condition=change(rule.condition), proba=change(rule.proba))


class _RuleParser(ExpressionParser):
    """Reads one rule."""

    def rule(self, known: dict[str, str]) -> StructuralRule:
        """Read the condition, and the values behind it."""
        condition = self._expression()
        refuse_derivative(condition)
        given: dict[str, Expression] = {}
        separator = self._accept(":")
        while separator is not None:
            name, value = self._value(known)
            if known[name.text] in given:
                refuse(f"'{name.text}' is given twice", name.span, "remove one.")
            given[known[name.text]] = value
            separator = self._accept(",")
        self._end()
        return StructuralRule(condition, **given)

    def _value(self, known: dict[str, str]) -> tuple[Token, Expression]:
        name = self._take()
        if name.kind is not Kind.NAME or name.text not in known:
            hint = closest(name.text, known) or f"known: {', '.join(known)}."
            refuse(f"a rule has no '{name.text}'", name.span, hint)
        if self._accept("=") is None:
            refuse(f"'{name.text}' needs a value", name.span, f"write for instance {name.text} = 0.5.")
        value = self._expression()
        refuse_derivative(value)
        return name, value


def rule_expressions(*rules: StructuralRule | None) -> list[Expression]:
    """Return all that rules compute."""
    parts = [(r.condition, r.proba, r.weight, r.delay) for r in rules if r is not None]
    return [expression for part in parts for expression in part if expression is not None]


# ---- checking -----------------------------------------------------------------------------------------------------


def check_rules(model: SynapseModel) -> None:
    """Refuse what a rule cannot be.

    Raises
    ------
    EquationError
    """
    known = [field.name for field in model.fields if " " not in field.name]
    for rule in (model.creating, model.pruning):
        if rule is not None:
            _check_choice(rule, known)
    if model.creating is not None:
        _check_made(model.creating, model)


def _check_choice(rule: StructuralRule, known: Iterable[str]) -> None:
    for expression in (rule.condition, rule.proba):
        refuse_unknown(expression, known)
        for node in walk(expression):
            if isinstance(node, Draw):
                refuse(
                    "a rule draws one random number for each pair, with its probability", node.span,
                    "write the probability behind the condition, as in 'condition : proba = 0.1'.",
                )  # fmt: skip
    proba = constant(rule.proba)
    if proba is not None and not 0 <= proba <= 1:
        refuse(f"a probability lies between 0 and 1; got {float(proba):g}", rule.proba.span)


def _check_made(rule: StructuralRule, model: SynapseModel) -> None:
    weight = model.field("w")
    if rule.weight is not None and weight is not None and weight.axis is not Axis.SYNAPSE:
        refuse("'w' is not each synapse's own here", rule.weight.span, "remove the flag of 'w', or this value.")
    parameters = [field.name for field in model.fields if field.role in FIXED]
    for expression in (rule.weight, rule.delay):
        for node in () if expression is None else walk(expression):
            if isinstance(node, InputSum) or (isinstance(node, Symbol) and node.side is not None):
                refuse(
                    "what a new synapse has is a number or a distribution", node.span,
                    "let an equation of the synapse compute with it.",
                )  # fmt: skip
            if isinstance(node, Symbol) and node.name not in (*parameters, "pi", "dt"):
                hint = closest(node.name, parameters) or "use numbers, distributions and parameters."
                refuse(f"'{node.name}' is not known before there is the synapse", node.span, hint)
            if isinstance(node, Draw) and node.distribution == "Poisson":
                refuse("Poisson counts are drawn in equations only", node.span, "use a number or another distribution.")
    delay = None if rule.delay is None else constant(rule.delay)
    if delay is not None and rule.delay is not None and delay < 0:
        refuse(f"a delay is 0 ms or more; got {float(delay):g}", rule.delay.span)
