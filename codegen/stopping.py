"""Conditions that stop a run, ``v > 0.5 : any``: from their text to a kernel that counts the neurons which do."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import lru_cache

from distann.codegen.checks import NETWORK_NAMES, refuse, refuse_sides, refuse_unknown
from distann.codegen.definitions import Definitions, Functions
from distann.codegen.expressions import ExpressionParser
from distann.codegen.ir import Axis, Field, Kernel, Loop, NeuronModel, Role
from distann.codegen.lexer import Kind, Token, whole
from distann.codegen.nodes import Draw, Expression, Symbol
from distann.codegen.statements import named
from distann.codegen.tree import symbols, walk
from distann.errors import EquationError, closest

__all__ = ["StopCondition", "analyse_stop_condition", "lower_stop_condition", "with_constants"]

SPIKED = "spiked"
QUANTIFIERS = ("any", "all")
BLOCK = "stop_condition"
NOTHING = Definitions()


@dataclass(frozen=True, slots=True)
class StopCondition:
    """A condition on the neurons of a population.

    Attributes
    ----------
    condition : Expression or None
        None: that a neuron has spiked in the last step.
    every : bool
        All neurons must fulfil it; else one is enough.
    """

    condition: Expression | None
    every: bool


@lru_cache(maxsize=256)
def analyse_stop_condition(
    text: str, model: NeuronModel, definitions: Definitions = NOTHING, own: str = ""
) -> StopCondition:
    """Read ``condition [: any | all]`` and check it against the neuron.

    Parameters
    ----------
    text : str
        A boolean expression of the neuron's parameters, variables and inputs as they are at the end of a step, and
        of the time ``t`` that the network has then; or ``spiked``. Without a quantifier one neuron is enough.
    model : NeuronModel
    definitions : Definitions
        The network's functions and constants.
    own : str
        The neuron's functions.

    Raises
    ------
    EquationError
        With the user's line and a caret.
    """
    try:
        tokens, every = _quantified(whole(text, BLOCK))
        if [token.text for token in tokens[:-1]] == [SPIKED]:
            if model.spike is None:
                kind = "neuron without the condition 'spike'" if model.spiking else "rate-coded neuron"
                refuse(f"a {kind} has no spikes", tokens[0].span, "write a condition on its variables.")
            return StopCondition(None, every)
        functions = Functions(definitions, own, [text, *(field.name for field in model.fields)])
        condition = named(ExpressionParser(tokens, functions).alone())
        _check(condition, model, definitions)
        return StopCondition(condition, every)
    except EquationError as error:
        raise error.within(model.name) from None


def _quantified(tokens: list[Token]) -> tuple[list[Token], bool]:
    """Split off ``: any`` or ``: all``; the colons of ``if c: a else: b`` are not the last but one word."""
    if len(tokens) < 3 or not tokens[-3].is_(":"):
        return tokens, False
    word, end = tokens[-2], tokens[-1]
    if word.kind is not Kind.NAME or word.text not in QUANTIFIERS:
        hint = closest(word.text, QUANTIFIERS) or "write ': any' or ': all' after the condition, or nothing."
        refuse(f"'{word.text}' does not say how many neurons must fulfil the condition", word.span, hint)
    return [*tokens[:-3], end], word.text == "all"


def _check(condition: Expression, model: NeuronModel, definitions: Definitions) -> None:
    refuse_sides(condition)
    for node in walk(condition):
        if isinstance(node, Draw):
            refuse("a stop condition draws no random numbers", node.span, "assign the draw to a variable.")
        if isinstance(node, Symbol) and node.name == SPIKED:
            refuse("'spiked' stands alone", node.span, "write 'spiked : any', or a condition on variables.")
    known = [field.name for field in model.fields if " " not in field.name]
    refuse_unknown(condition, [*known, *definitions.constants])


def with_constants(model: NeuronModel, stop: StopCondition | None) -> NeuronModel:
    """Return the neuron with the constants of the network that only its stop condition reads."""
    if stop is None or stop.condition is None:
        return model
    known = {field.name for field in model.fields} | set(NETWORK_NAMES)
    constants = (Field(name, Axis.OBJECT, role=Role.CONSTANT) for name in sorted(symbols(stop.condition) - known))
    return replace(model, fields=(*constants, *model.fields))


def lower_stop_condition(stop: StopCondition, model: NeuronModel) -> Kernel | None:
    """Return the kernel whose 'spikes' are the neurons that fulfil the condition; None for their own spikes."""
    if stop.condition is None:
        return None
    used = symbols(stop.condition)
    fields = tuple(field for field in model.fields if field.name in used)
    return Kernel(f"{model.name}_stop", Loop.FOR_EACH_NEURON, fields, spike=stop.condition)
