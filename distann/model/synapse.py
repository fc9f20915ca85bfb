"""A type of synapse, as the texts that its author wrote."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from distann.errors import ConfigurationError, closest
from distann.model.arguments import optional_text
from distann.model.attributes import Variable, equations_text, extra_values_of, parameters_text
from distann.model.structural import Creating, Pruning, rule_text

__all__ = ["OPERATIONS", "Synapse"]

OPERATIONS = ("sum", "min", "max", "mean")

Text = str | Sequence[str]


# Without slots: with them, a subclass of a frozen class cannot set attributes (CPython issue 105936).
@dataclass(frozen=True, init=False)
class Synapse:
    """A type of synapse.

    Synapses of one class with the same texts are equal. A subclass may have an ``__init__`` of its own that
    calls this one; attributes that it sets besides do not count.

    Parameters
    ----------
    parameters : str, list of str, or dict
        Statements, one a line or separated by ``;``; or names with values or `Parameter` objects. In a dict, plain
        values belong to the whole projection.
    equations : str, list of str and `Variable`, or dict of them
    psp : str, optional
        What one synapse transmits continuously; ``w * pre.r`` where nothing else is transmitted.
    operation : str
        How the values of `psp` become the input of a neuron: ``sum``, ``min``, ``max`` or ``mean``.
    pre_spike : str or list of str, optional
        Statements for a presynaptic spike: this makes the synapse a spiking one.
    post_spike : str or list of str, optional
        Statements for a postsynaptic spike.
    pre_axon_spike : str or list of str, optional
        Statements for an axonal spike of the presynaptic neuron; like `pre_spike`, it makes the synapse a spiking one.
    functions : str, optional
        Kept as they are: what can be simulated is decided when the network is compiled.
    pruning : str or Pruning, optional
        Which synapses are removed, ``condition : proba = 0.1``, once `Projection.start_pruning` is called. The
        condition can use what the synapse has, ``pre.x`` and ``post.x``; without `proba` it alone decides.
    creating : str or Creating, optional
        Which pairs of neurons without a synapse get one, ``condition : proba = 0.1, w = 0.5, d = 2.0``, once
        `Projection.start_creating` is called. `w` and `d`, in ms, are numbers or distributions: by default 0, and the
        delay of the connector.
    name, description : str, optional
        For reports and messages.
    extra_values : dict, optional
        Names, and the values that they stand for in parameters and in the flags ``init``, ``min`` and ``max``.

    Raises
    ------
    ConfigurationError
        When a text is not a text, or `operation` is unknown, or not ``sum`` in a spiking synapse.
    """

    parameters: str
    equations: str
    psp: str | None
    operation: str
    pre_spike: str | None
    post_spike: str | None
    pre_axon_spike: str | None
    functions: str | None
    pruning: str | None
    creating: str | None
    extra_values: tuple[tuple[str, str], ...]
    name: str
    description: str

    def __init__(
        self,
        parameters: Text | Mapping[str, Any] = "",
        equations: Text | Variable | Sequence[str | Variable] | Mapping[str, str | Variable] = "",
        psp: Text | None = None,
        operation: str = "sum",
        pre_spike: Text | None = None,
        post_spike: Text | None = None,
        pre_axon_spike: Text | None = None,
        functions: Text | None = None,
        pruning: Text | Pruning | None = None,
        creating: Text | Creating | None = None,
        name: str | None = None,
        description: str | None = None,
        extra_values: Mapping[str, Any] | None = None,
    ) -> None:
        optional = {
            "psp": psp, "pre_spike": pre_spike, "post_spike": post_spike, "pre_axon_spike": pre_axon_spike,
            "functions": functions, "pruning": rule_text(pruning, Pruning), "creating": rule_text(creating, Creating),
        }  # fmt: skip
        values: dict[str, object] = {field: optional_text(text, field) for field, text in optional.items()}
        values |= {
            "parameters": parameters_text(parameters, "synapse"),
            "equations": equations_text(equations, "synapse"),
            "extra_values": extra_values_of(extra_values),
            "operation": _operation(operation),
            "name": optional_text(name, "name") or "",
            "description": optional_text(description, "description") or "",
        }
        for field, value in values.items():
            object.__setattr__(self, field, value)
        if self.spiking and operation != "sum":
            raise ConfigurationError(f"spikes are summed: 'operation' cannot be '{operation}' here.")

    @property
    def spiking(self) -> bool:
        """Whether the synapse transmits spikes, of either kind; otherwise it is rate-coded."""
        return self.pre_spike is not None or self.pre_axon_spike is not None


def _operation(name: Any) -> str:
    if name not in OPERATIONS:
        hint = closest(str(name), OPERATIONS) or f"choose one of {', '.join(OPERATIONS)}."
        raise ConfigurationError(f"unknown operation {name!r}; {hint}")
    return str(name)
