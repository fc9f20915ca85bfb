"""Parameters and variables as objects, and how they become the text of a model."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from numbers import Real
from typing import Any

import numpy as np

from distann.errors import ConfigurationError, closest
from distann.model.arguments import number_of, text_of
from distann.model.distributions import RandomDistribution

__all__ = [
    "LOCALITIES", "Parameter", "Variable", "equations_text", "extra_values_of", "parameters_text", "value_text",
]  # fmt: skip

TYPES = ("float", "int", "bool")
# What the localities of an object are called in the text of a neuron, and of a synapse.
LOCALITIES: dict[str, dict[str, str]] = {
    "neuron": {"local": "", "global": "population"},
    "synapse": {"local": "", "semiglobal": "postsynaptic", "global": "projection"},
}
Value = float | str | RandomDistribution


@dataclass(frozen=True, slots=True)
class Parameter:
    """A parameter of a neuron or synapse.

    Parameters
    ----------
    value : float, RandomDistribution or str
        Its value; a text is an expression of other parameters.
    locality : str
        ``"global"``: one value for the population or projection; ``"local"``: one for each neuron or synapse;
        ``"semiglobal"``: in a synapse, one for each postsynaptic neuron.
    type : str
        ``"float"``, ``"int"`` or ``"bool"``.
    unit : str, optional
        What the value is measured in, such as ``"ms"``: see the flag ``unit``.
    """

    value: Value
    locality: str = "global"
    type: str = "float"
    unit: str | None = None


@dataclass(frozen=True, slots=True)
class Variable:
    """A variable of a neuron or synapse.

    Parameters
    ----------
    equation : str
        An assignment or a differential equation, without flags.
    init, min, max : float, str or RandomDistribution, optional
        Its first value and its bounds; a text is an expression.
    method : str, optional
        Numerical method of a differential equation.
    locality : str
        As for `Parameter`.
    type : str
        ``"float"``, ``"int"`` or ``"bool"``.
    unit : str, optional
        What the value is measured in, such as ``"mV"``.
    """

    equation: str
    init: Value | None = None
    min: Value | None = None
    max: Value | None = None
    method: str | None = None
    locality: str = "local"
    type: str = "float"
    unit: str | None = None


def parameters_text(given: Any, owner: str) -> str:
    """Return parameters as text.

    Parameters
    ----------
    given : str, list of str, or dict
        A dict maps names to values or `Parameter` objects; a plain value belongs to the whole population or projection.
    owner : str
        ``"neuron"`` or ``"synapse"``.

    Raises
    ------
    ConfigurationError
        For anything else.
    """
    if not isinstance(given, Mapping):
        return text_of(given, "parameters")
    return "\n".join(_parameter(name, value, owner) for name, value in given.items())


def equations_text(given: Any, owner: str) -> str:
    """Return equations as text.

    Parameters
    ----------
    given : str, list of str and `Variable`, or dict of them
    owner : str
        ``"neuron"`` or ``"synapse"``.

    Raises
    ------
    ConfigurationError
        For anything else.
    """
    lines = list(given.values()) if isinstance(given, Mapping) else given
    if isinstance(lines, Variable):
        lines = [lines]
    if isinstance(lines, list | tuple):
        lines = [_variable(line, owner) if isinstance(line, Variable) else line for line in lines]
    return text_of(lines, "equations")


def extra_values_of(given: Any) -> tuple[tuple[str, str], ...]:
    """Return extra values as (name, text), sorted by name.

    Raises
    ------
    ConfigurationError
        For what is not a dict of values.
    """
    if given is None:
        return ()
    if not isinstance(given, Mapping) or not all(isinstance(name, str) for name in given):
        raise ConfigurationError(f"'extra_values' is a dict from names to values; got {given!r}.")
    return tuple(sorted((name, value_text(value, f"extra_values[{name!r}]")) for name, value in given.items()))


def _parameter(name: Any, value: Any, owner: str) -> str:
    if not isinstance(name, str):
        raise ConfigurationError(f"parameters are called by a text; got {name!r}.")
    parameter = value if isinstance(value, Parameter) else Parameter(value)
    kind = "bool" if isinstance(parameter.value, bool | np.bool_) else parameter.type
    flags = [_locality(parameter.locality, owner), _type(kind), _unit(parameter.unit)]
    return _with_flags(f"{name} = {value_text(parameter.value, f'parameter {name!r}')}", flags)


def _variable(variable: Variable, owner: str) -> str:
    valued = [
        f"{flag}={value_text(value, f'{flag!r} of a variable')}"
        for flag, value in (("init", variable.init), ("min", variable.min), ("max", variable.max))
        if value is not None
    ]
    flags = [*valued, variable.method or "", _locality(variable.locality, owner), _type(variable.type)]
    equation = re.sub("#[^\n]*", "", text_of(variable.equation, "equation")).strip()  # flags follow, not a comment
    return _with_flags(equation, [*flags, _unit(variable.unit)])


def _with_flags(statement: str, flags: list[str]) -> str:
    given = ", ".join(flag for flag in flags if flag)
    return f"{statement} : {given}" if given else statement


def _locality(locality: Any, owner: str) -> str:
    known = LOCALITIES[owner]
    if locality not in known:
        hint = closest(str(locality), known) or f"choose one of {', '.join(known)}."
        raise ConfigurationError(f"a {owner} has no locality {locality!r}; {hint}")
    return known[locality]


def _type(name: Any) -> str:
    if name not in TYPES:
        raise ConfigurationError(f"a type is one of {', '.join(TYPES)}; got {name!r}.")
    return "" if name == "float" else str(name)


def _unit(unit: str | None) -> str:
    return "" if unit is None else f"unit={unit}"


def value_text(value: Any, what: str) -> str:
    """Return the text that stands for a value."""
    if isinstance(value, str | RandomDistribution):
        return str(value)
    if isinstance(value, bool | np.bool_):
        return str(bool(value))
    if isinstance(value, Real):
        return repr(number_of(value, what))
    raise ConfigurationError(f"{what} is a number, a distribution or a text; got {value!r}.")
