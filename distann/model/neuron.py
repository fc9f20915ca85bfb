"""A type of neuron, as the texts that its author wrote."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from distann.errors import ConfigurationError, UnsupportedError
from distann.model.arguments import number_of, optional_text
from distann.model.attributes import Variable, equations_text, extra_values_of, parameters_text

__all__ = ["Neuron"]

Text = str | Sequence[str]


# Without slots: with them, a subclass of a frozen class cannot set attributes (CPython issue 105936).
@dataclass(frozen=True, init=False)
class Neuron:
    """A type of neuron.

    Neurons of one class with the same texts are equal. A subclass may have an ``__init__`` of its own that
    calls this one; attributes that it sets besides do not count.

    Parameters
    ----------
    parameters : str, list of str, or dict
        Statements, one a line or separated by ``;``; or names with values or `Parameter` objects. In a dict, plain
        values belong to the whole population.
    equations : str, list of str and `Variable`, or dict of them
    spike : str, optional
        The condition for emitting a spike: this makes the neuron a spiking one.
    reset : str or list of str, optional
        Assignments that follow a spike.
    refractory : str or float, optional
        For how long a neuron rests after a spike, ms: a number, or an expression of parameters and variables.
    functions : str or list of str, optional
        Functions that the texts can call, such as ``f(x, y) = x * y``.
    extra_values : dict, optional
        Names, and the values that they stand for in parameters and in the flags ``init``, ``min`` and ``max``.
    axon_spike, axon_reset
        Not available in this version.
    name, description : str
        For reports and messages.

    Raises
    ------
    ConfigurationError
        When a text is not a text, or `reset` or `refractory` is given without `spike`.
    UnsupportedError
        For what is not available in this version.
    """

    parameters: str
    equations: str
    spike: str | None
    reset: str | None
    refractory: str | float | None
    functions: str | None
    extra_values: tuple[tuple[str, str], ...]
    name: str
    description: str

    def __init__(
        self,
        parameters: Text | Mapping[str, Any] = "",
        equations: Text | Variable | Sequence[str | Variable] | Mapping[str, str | Variable] = "",
        spike: Text | None = None,
        axon_spike: Text | None = None,
        reset: Text | None = None,
        axon_reset: Text | None = None,
        refractory: str | float | None = None,
        functions: Text | None = None,
        name: str = "",
        description: str = "",
        extra_values: Mapping[str, Any] | None = None,
    ) -> None:
        _refuse_unsupported(axon_spike=axon_spike, axon_reset=axon_reset)
        values: dict[str, object] = {
            "parameters": parameters_text(parameters, "neuron"),
            "equations": equations_text(equations, "neuron"),
            "functions": optional_text(functions, "functions"),
            "extra_values": extra_values_of(extra_values),
            "spike": optional_text(spike, "spike"),
            "reset": optional_text(reset, "reset"),
            "refractory": _refractory(refractory),
            "name": optional_text(name, "name") or "",
            "description": optional_text(description, "description") or "",
        }
        for given in ("reset", "refractory"):
            if values["spike"] is None and values[given] is not None:
                raise ConfigurationError(f"'{given}' is what follows a spike: give 'spike' as well.")
        for field, value in values.items():
            object.__setattr__(self, field, value)

    @property
    def spiking(self) -> bool:
        """Whether the neuron emits spikes; otherwise it is rate-coded."""
        return self.spike is not None


def _refractory(value: Any) -> str | float | None:
    if value is None or isinstance(value, str):
        return optional_text(value, "refractory")
    period = number_of(value, "'refractory', where it is not a text,")
    if period < 0:
        raise ConfigurationError(f"'refractory' is a number of ms, at least 0; got {value!r}.")
    return period


def _refuse_unsupported(**given: object) -> None:
    for name, value in given.items():
        if value:
            raise UnsupportedError(f"'{name}' of a neuron is not available in this version of distann.")
