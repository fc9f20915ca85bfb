"""What a monitor can watch: neurons of a population, synapses of a projection."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Protocol

from distann.codegen.ir import Field, Role
from distann.dendrite import Dendrite
from distann.errors import ConfigurationError, UnknownAttributeError, UnsupportedError
from distann.population import Population
from distann.projection import Projection
from distann.runtime.network import NetworkState
from distann.runtime.recorder import RowRecorder, SpikeRecorder, record_neurons, record_synapses
from distann.runtime.simulation import Simulation
from distann.view import PopulationView

__all__ = ["SPIKES", "Neurons", "Recordable", "Source", "SynapsesOf", "source_of"]

SPIKES = ("spike", "axon_spike")
Recordable = Population | PopulationView | Projection | Dendrite


class Source(Protocol):
    """Neurons or synapses, some variables of which are recorded."""

    network: NetworkState
    name: str

    def __len__(self) -> int:
        """How many neurons or synapses there are, as far as it is known before ``compile()``."""

    def check(self, variable: str) -> None:
        """Raise an `UnknownAttributeError`, with a suggestion, for what cannot be recorded."""

    def record(self, simulation: Simulation, variable: str, period: int, offset: int) -> RowRecorder | SpikeRecorder:
        """Begin to record a variable; collective."""

    def shape(self, width: int) -> tuple[int, ...]:
        """The shape of a row of so many values."""


def source_of(obj: object) -> Source:
    """Return what a monitor of an object records.

    Raises
    ------
    UnsupportedError
        For what cannot be recorded.
    """
    if isinstance(obj, Population | PopulationView):
        return Neurons(obj)
    if isinstance(obj, Projection | Dendrite):
        return SynapsesOf(obj)
    raise UnsupportedError(
        f"a monitor records populations and views of them, projections and their dendrites; got {obj!r}."
    )


class Neurons:
    """The neurons of a population or of a view.

    Parameters
    ----------
    neurons : Population or PopulationView
    """

    def __init__(self, neurons: Population | PopulationView) -> None:
        whole = neurons.population if isinstance(neurons, PopulationView) else neurons
        self._ranks = neurons.ranks if isinstance(neurons, PopulationView) else None
        self._geometry, self._state, self.network, self.name = (
            neurons.geometry, whole._state, whole._network, whole.name,
        )  # fmt: skip

    def __len__(self) -> int:
        return self._state.spec.size if self._ranks is None else len(self._ranks)

    def check(self, variable: str) -> None:
        """Raise an `UnknownAttributeError`, with a suggestion, for what cannot be recorded."""
        model = self._state.model
        if variable == "spike" and not model.spiking:
            raise ConfigurationError(f"population '{self.name}' is rate-coded: it has no spikes to record.")
        # The rate of an input population is a parameter: it changes from outside.
        known = [field.name for field in model.fields if _changes(field) or field.name == "r"]
        known += ["spike"] * (model.spike is not None) + ["axon_spike"] * (model.axon_spike is not None)
        _check(f"population '{self.name}'", variable, known)

    def record(self, simulation: Simulation, variable: str, period: int, offset: int) -> RowRecorder | SpikeRecorder:
        """Begin to record a variable; collective."""
        if variable in SPIKES:
            return SpikeRecorder(simulation, self._state.number, self._ranks, axonal=variable == "axon_spike")
        return record_neurons(simulation, self._state.number, variable, period, offset, self._ranks)

    def shape(self, width: int) -> tuple[int, ...]:
        """The shape of a row of so many values."""
        return self._geometry


class SynapsesOf:
    """The synapses of a projection or of a dendrite.

    Parameters
    ----------
    synapses : Projection or Dendrite
    """

    def __init__(self, synapses: Projection | Dendrite) -> None:
        projection = synapses.projection if isinstance(synapses, Dendrite) else synapses
        self._post = synapses.post_rank if isinstance(synapses, Dendrite) else None
        self._state, self.network = projection._connected("recording"), projection._network
        if self._state.ruled:
            raise UnsupportedError(
                f"projection '{projection.name}' makes or removes synapses by rules, so that a record of them has no "
                "columns; read them between two calls of simulate(), or in a function that is called by every()."
            )
        self.name = projection.name if self._post is None else f"{projection.name}[{self._post}]"

    def __len__(self) -> int:
        return 0

    def check(self, variable: str) -> None:
        """Raise an `UnknownAttributeError`, with a suggestion, for what cannot be recorded."""
        known = [field.name for field in self._state.model.fields if _changes(field) or field.name == "w"]
        _check(f"projection '{self._state.spec.name}'", variable, known)

    def record(self, simulation: Simulation, variable: str, period: int, offset: int) -> RowRecorder | SpikeRecorder:
        """Begin to record a variable; collective."""
        return record_synapses(simulation, self._state, variable, period, offset, self._post)

    def shape(self, width: int) -> tuple[int, ...]:
        """The shape of a row of so many values."""
        return (width,)


def _changes(field: Field) -> bool:
    return field.role in (Role.VARIABLE, Role.INPUT, Role.RATE)


def _check(owner: str, variable: str, known: Iterable[str]) -> None:
    if variable not in known:
        raise UnknownAttributeError(owner, variable, known)
