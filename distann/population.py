"""Populations of neurons."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from distann.codegen.ir import Role
from distann.errors import ConfigurationError, UnknownAttributeError
from distann.io.attributes import load_values, values_of
from distann.io.values import read_values, write_values
from distann.model import Neuron, PopulationSpec
from distann.model.arguments import optional_text
from distann.model.specs import geometry_of
from distann.runtime.definitions import FunctionOfArrays
from distann.runtime.network import NetworkState
from distann.runtime.session import default_network, waiting_network
from distann.runtime.state import PopulationState
from distann.view import IndividualNeuron, PopulationView, chosen

__all__ = ["Population"]


class Population:
    """A population of neurons that share their equations.

    Every parameter and variable of the neuron is an attribute: reading gives a numpy array in the geometry of the
    population (a number when the population has one value), setting takes a number, an array or a distribution. Both
    are collective: all ranks do it.

    Parameters
    ----------
    geometry : int or tuple of int
        Number of neurons, or neurons along each axis; ranks are row-major.
    neuron : Neuron or type of Neuron
    name : str, optional
        By default ``pop0``, ``pop1``...
    stop_condition : str, optional
        What ends ``simulate_until``: a condition on parameters, variables and inputs at the end of a step, such as
        ``"r > 0.5 : any"`` or ``"v > V_th : all"``, or ``"spiked : any"``. One neuron is enough unless it says ``all``.
    storage_order : str
        A hint that never changes results.

    Raises
    ------
    EquationError
        When the neuron's text is wrong, with the line and a caret.
    ConfigurationError
        When the geometry is.
    """

    _network: NetworkState
    _state: PopulationState

    def __init__(
        self,
        geometry: int | tuple[int, ...],
        neuron: Neuron | type[Neuron],
        name: str | None = None,
        stop_condition: str | None = None,
        storage_order: str = "post_to_pre",
    ) -> None:
        network = default_network()
        if network.compiled and type(self) is not Population:
            network = waiting_network()  # a ready one, such as PoissonPopulation(...), may be meant for Network.create
        self._join(network, geometry, neuron, name, stop_condition)

    @classmethod
    def _in(
        cls,
        network: NetworkState,
        geometry: int | tuple[int, ...],
        neuron: Neuron | type[Neuron],
        name: str | None,
        stop_condition: str | None = None,
    ) -> Self:
        """Return a population of a network that is not the default one."""
        population = object.__new__(cls)
        population._join(network, geometry, neuron, name, stop_condition)
        return population

    def _join(
        self,
        network: NetworkState,
        geometry: int | tuple[int, ...],
        neuron: Neuron | type[Neuron],
        name: str | None,
        stop_condition: str | None = None,
    ) -> None:
        model = neuron() if isinstance(neuron, type) else neuron
        if not isinstance(model, Neuron):
            raise ConfigurationError(f"a population needs a Neuron; got {neuron!r}.")
        name = name or network.free_name("pop")
        spec = PopulationSpec(name, geometry_of(geometry), model, optional_text(stop_condition, "stop_condition"))
        object.__setattr__(self, "_network", network)
        object.__setattr__(self, "_state", network.add_population(spec))
        network.objects[spec.name] = self

    def _move_to(self, network: NetworkState, name: str | None = None) -> Self:
        """Return the same population, with the values given so far, in another network; it leaves its own."""
        if self._state in self._network.populations:
            self._network.remove_population(self._state)
        condition = self._state.spec.stop_condition
        copy = self._in(network, self.geometry, self.neuron_type, name or self._given_name, condition)
        copy._state.adopt(self._state)
        return copy

    @property
    def _given_name(self) -> str | None:
        """The name, if the script has chosen it."""
        return None if re.fullmatch(r"pop\d+", self.name) else self.name

    # ---- what it is -----------------------------------------------------------------------------------------------

    @property
    def name(self) -> str:
        """Name of the population."""
        return self._state.spec.name

    @property
    def size(self) -> int:
        """Number of neurons."""
        return self._state.spec.size

    def __len__(self) -> int:
        return self.size

    @property
    def geometry(self) -> tuple[int, ...]:
        """Neurons along each axis."""
        return self._state.spec.geometry

    @property
    def dimension(self) -> int:
        """Number of axes."""
        return len(self.geometry)

    @property
    def width(self) -> int:
        """Neurons along the first axis."""
        return self.geometry[0]

    @property
    def height(self) -> int:
        """Neurons along the second axis, 1 without one."""
        return self.geometry[1] if self.dimension > 1 else 1

    @property
    def depth(self) -> int:
        """Neurons along the third axis, 1 without one."""
        return self.geometry[2] if self.dimension > 2 else 1

    @property
    def ranks(self) -> NDArray[np.int64]:
        """Ranks of all neurons: 0 to ``size - 1``."""
        return np.arange(self.size)

    @property
    def neuron_type(self) -> Neuron:
        """The model of the neurons."""
        return self._state.spec.neuron

    @property
    def parameters(self) -> list[str]:
        """Names of the parameters."""
        return [field.name for field in self._state.model.fields if field.role is Role.PARAMETER]

    @property
    def variables(self) -> list[str]:
        """Names of the variables."""
        return [field.name for field in self._state.model.fields if field.role is Role.VARIABLE]

    @property
    def units(self) -> dict[str, str]:
        """Units of parameters and variables, of those that have one."""
        return {field.name: field.unit for field in self._state.model.fields if field.unit}

    @property
    def functions(self) -> list[str]:
        """Names of the model's own functions: ``pop.f(values)`` computes arrays with them."""
        return [function.name for function in self._state.model.functions]

    @property
    def attributes(self) -> list[str]:
        """Names of parameters and variables."""
        return self.parameters + self.variables

    @property
    def targets(self) -> list[str]:
        """Targets whose input the neurons read."""
        return list(self._state.model.targets)

    @property
    def stop_condition(self) -> str | None:
        """What ends ``simulate_until``."""
        return self._state.spec.stop_condition

    @property
    def enabled(self) -> bool:
        """Whether the neurons go on; see `disable`."""
        return self._state.enabled

    def enable(self) -> None:
        """Let the neurons go on after `disable`."""
        self._switch(True)

    def disable(self) -> None:
        """Let the neurons stay as they are: no update, no spikes, no input. What others read of them stays as well."""
        self._switch(False)

    def _switch(self, on: bool) -> None:
        self._state.enabled = on
        self._network.switch()

    def compute_firing_rate(self, window: float) -> None:
        """Measure how often each spiking neuron fires: `r` is then its number of spikes in the last `window` ms, in Hz.

        Without this call `r` is 0. Monitors can record it, equations and synapses read it.

        Parameters
        ----------
        window : float
            ms, rounded to whole steps, at least one.

        Raises
        ------
        ConfigurationError
            For a rate-coded population, after ``compile()``, or for a window that is no positive number.
        """
        self._state.measure_rate(window)

    @property
    def local(self) -> LocalValues:
        """This rank's own values, without a copy; not collective: ``pop.local.v``."""
        return LocalValues(self._state)

    # ---- values ---------------------------------------------------------------------------------------------------

    def __getattr__(self, name: str) -> Any:
        if name.startswith("_"):
            raise AttributeError(name)
        for function in self._state.model.functions:
            if function.name == name:
                return FunctionOfArrays(function, self._network.constants)
        return self.get(name)

    def __setattr__(self, name: str, value: Any) -> None:
        if name.startswith("_") or isinstance(getattr(type(self), name, None), property):
            object.__setattr__(self, name, value)
        else:
            self._state.set(name, value)

    def __dir__(self) -> list[str]:
        return [*super().__dir__(), *self._state.names]

    def get(self, name: str) -> Any:
        """Return the parameter or variable `name`, also one whose name is that of something else here."""
        values = self._state.get(name)
        return values.reshape(self.geometry) if isinstance(values, np.ndarray) else values

    def set(self, values: dict[str, Any]) -> None:
        """Set several attributes: ``{"tau": 10.0, "v": Uniform(0, 1)}``."""
        for name, value in values.items():
            self._state.set(name, value)

    def sum(self, target: str) -> NDArray[np.float64]:
        """Return the summed input of a target: weighted sums (rate-coded) or conductances (spiking), in the geometry.

        Raises
        ------
        UnknownAttributeError
            When the neurons do not read that target.
        """
        field = self._state.model.input_field(target)
        if self._state.model.field(field) is None:
            raise UnknownAttributeError(f"population '{self.name}'", field, self.targets)
        values: NDArray[np.float64] = self._state.get(field).reshape(self.geometry)
        return values

    def reset(self, attributes: Sequence[str] | None = None) -> None:
        """Give all attributes, or some, their initial values again."""
        for name in attributes or ():
            self._state.field(name)
        self._network.simulation_for("reset()")
        self._state.reset(attributes)

    def clear(self) -> None:
        """Take back the spikes that are on their way; delayed values become the present ones. Collective."""
        self._network.simulation_for("clear()").forget(self._state.number)

    def size_in_bytes(self) -> int:
        """Return the memory of the values of all neurons, on all ranks together; collective. 0 before ``compile()``."""
        return self._state.comm.sum(sum(array.nbytes for array in self._state.arrays.values()))

    def save(self, filename: str | Path) -> None:
        """Save parameters and variables; collective. See `Network.save`."""
        write_values(Path(filename), values_of(self._state), self._state.comm)

    def load(self, filename: str | Path, pickle_encoding: None = None) -> None:
        """Set parameters and variables to what `save`, here or of the network, has written; collective."""
        load_values(self._state, read_values(Path(filename)), str(filename))

    # ---- neurons --------------------------------------------------------------------------------------------------

    def neuron(self, *coordinates: int) -> IndividualNeuron:
        """Return one neuron, by rank or by coordinates."""
        rank = coordinates[0] if len(coordinates) == 1 else self.rank_from_coordinates(coordinates)
        self.coordinates_from_rank(rank)  # refuses a rank that does not exist
        return IndividualNeuron(self, rank)

    @property
    def neurons(self) -> Iterator[IndividualNeuron]:
        """All neurons, one after the other."""
        return (IndividualNeuron(self, rank) for rank in range(self.size))

    def rank_from_coordinates(self, coordinates: Sequence[int]) -> int:
        """Return the rank of the neuron at some coordinates.

        Raises
        ------
        ConfigurationError
            When no neuron is there.
        """
        if len(coordinates) != self.dimension or any(
            not 0 <= c < n for c, n in zip(coordinates, self.geometry, strict=False)
        ):
            raise ConfigurationError(
                f"population '{self.name}' has the geometry {self.geometry}: no neuron is at {tuple(coordinates)}."
            )
        return int(np.ravel_multi_index(tuple(coordinates), self.geometry))

    def coordinates_from_rank(self, rank: int) -> tuple[int, ...]:
        """Return the coordinates of a neuron.

        Raises
        ------
        ConfigurationError
            When no neuron has that rank.
        """
        if not 0 <= rank < self.size:
            raise ConfigurationError(
                f"population '{self.name}' has {self.size} neurons: none has the rank {rank}."
            )
        return tuple(int(c) for c in np.unravel_index(rank, self.geometry))

    def normalized_coordinates_from_rank(self, rank: int, norm: float = 1.0) -> tuple[float, ...]:
        """Return the coordinates of a neuron scaled to [0, norm] along each axis."""
        coordinates = self.coordinates_from_rank(rank)
        return tuple(
            norm * c / (n - 1) if n > 1 else 0.0 for c, n in zip(coordinates, self.geometry, strict=True)
        )

    def __getitem__(self, index: Any) -> PopulationView | IndividualNeuron:
        """Return a view (of a slice, a list of ranks, a mask, one rank) or, for full coordinates, one neuron."""
        if isinstance(index, tuple) and len(index) == self.dimension and all(_is_integer(i) for i in index):
            from_start = [i + n if i < 0 else i for i, n in zip(index, self.geometry, strict=True)]
            return self.neuron(self.rank_from_coordinates(from_start))
        if isinstance(index, tuple) or (isinstance(index, slice) and self.dimension > 1):
            grid = self.ranks.reshape(self.geometry)
            ranks = chosen(grid, index, self)
            return PopulationView(self, ranks.reshape(-1), ranks.shape)
        return PopulationView(self, chosen(self.ranks, index, self).reshape(-1))

    def __iter__(self) -> Iterator[IndividualNeuron]:
        return self.neurons

    def __repr__(self) -> str:
        return f"<Population '{self.name}': {self.size} x {self._state.model.name}>"


def _is_integer(index: Any) -> bool:
    return isinstance(index, int | np.integer) and not isinstance(index, bool)


class LocalValues:
    """This rank's own values of a population; not collective."""

    _state: PopulationState

    def __init__(self, state: PopulationState) -> None:
        self._state = state

    def __getattr__(self, name: str) -> NDArray[Any]:
        if name.startswith("_"):
            raise AttributeError(name)
        return self._state.local(name)
