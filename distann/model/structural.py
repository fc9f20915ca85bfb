"""Rules of structural plasticity as objects, and how they become the text of a synapse."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

from distann.errors import ConfigurationError
from distann.model.arguments import text_of
from distann.model.attributes import value_text
from distann.model.distributions import RandomDistribution

__all__ = ["Creating", "Pruning", "rule_text"]


@dataclass(frozen=True, slots=True)
class Creating:
    """Which pairs of neurons without a synapse get one.

    Parameters
    ----------
    equation : str
        A condition on ``pre.x``, ``post.x``, ``t`` and what the whole projection has.
    proba : float or str
        With which a pair gets one that fulfils the condition; a text is an expression.
    w : float, str or RandomDistribution
        Weight of the new synapse.
    d : float, str or RandomDistribution, optional
        Its delay, ms; by default that of the connector.
    """

    equation: str
    proba: float | str = 1.0
    w: float | str | RandomDistribution = 0.0
    d: float | str | RandomDistribution | None = None


@dataclass(frozen=True, slots=True)
class Pruning:
    """Which synapses are removed.

    Parameters
    ----------
    equation : str
        A condition on what the synapse has, ``pre.x``, ``post.x`` and ``t``.
    proba : float or str
        With which a synapse is removed that fulfils the condition; a text is an expression.
    """

    equation: str
    proba: float | str = 1.0


def rule_text(given: Any, kind: type[Creating | Pruning]) -> Any:
    """Return a rule as text; what is none stays as it is.

    Raises
    ------
    ConfigurationError
        For a rule of the other kind, or values that are neither numbers nor distributions nor texts.
    """
    if not isinstance(given, Creating | Pruning):
        return given
    block = kind.__name__.lower()
    if not isinstance(given, kind):
        raise ConfigurationError(f"'{block}' is a text or a {kind.__name__} object; got {given!r}.")
    equation = re.sub("#[^\n]*", "", text_of(given.equation, "equation")).strip()
    values = {name: getattr(given, name) for name in ("proba", "w", "d") if getattr(given, name, None) is not None}
    texts = [f"{name} = {value_text(value, f'{name!r} of {block}')}" for name, value in values.items()]
    return f"{equation} : {', '.join(texts)}"
