"""A type of neuron, as the texts that its author wrote."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from distann.errors import ConfigurationError
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
    axon_spike : str, optional
        The condition for an axonal spike, in rest after a spike as well: `pre_axon_spike` of synapses is what it does.
        It too makes the neuron a spiking one.
    axon_reset : str or list of str, optional
        Assignments that follow an axonal spike.
    name, description : str
        For reports and messages.

    Raises
    ------
    ConfigurationError
        When a text is not a text, when `reset` or `refractory` is given without `spike`, or `axon_reset` without
        `axon_spike`.
    """

    parameters: str
    equations: str
    spike: str | None
    axon_spike: str | None
    reset: str | None
    axon_reset: str | None
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
        values: dict[str, object] = {
            "parameters": parameters_text(parameters, "neuron"),
            "equations": equations_text(equations, "neuron"),
            "functions": optional_text(functions, "functions"),
            "extra_values": extra_values_of(extra_values),
            "spike": optional_text(spike, "spike"),
            "axon_spike": optional_text(axon_spike, "axon_spike"),
            "reset": optional_text(reset, "reset"),
            "axon_reset": optional_text(axon_reset, "axon_reset"),
            "refractory": _refractory(refractory),
            "name": optional_text(name, "name") or "",
            "description": optional_text(description, "description") or "",
        }
        for given, cause in (("reset", "spike"), ("refractory", "spike"), ("axon_reset", "axon_spike")):
            if values[cause] is None and values[given] is not None:
                kind = "a spike" if cause == "spike" else "an axonal spike"
                raise ConfigurationError(f"'{given}' is what follows {kind}: give '{cause}' as well.")
        for field, value in values.items():
            object.__setattr__(self, field, value)

    @property
    def spiking(self) -> bool:
        """Whether the neuron emits spikes, of either kind; otherwise it is rate-coded."""
        return self.spike is not None or self.axon_spike is not None


def _refractory(value: Any) -> str | float | None:
    if value is None or isinstance(value, str):
        return optional_text(value, "refractory")
    period = number_of(value, "'refractory', where it is not a text,")
    if period < 0:
        raise ConfigurationError(f"'refractory' is a number of ms, at least 0; got {value!r}.")
    return period
