"""Views on some neurons of a population, and on one."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Protocol

import numpy as np
from numpy.typing import ArrayLike, NDArray

from distann.codegen.ir import Axis
from distann.errors import ConfigurationError
from distann.runtime.network import NetworkState
from distann.runtime.state import PopulationState

__all__ = ["IndividualNeuron", "PopulationView", "Whole", "chosen"]


class Whole(Protocol):
    """The population that a view is on."""

    _network: NetworkState
    _state: PopulationState

    @property
    def name(self) -> str:
        """Name of the population."""

    @property
    def size(self) -> int:
        """Number of neurons."""

    @property
    def geometry(self) -> tuple[int, ...]:
        """Neurons along each axis."""

    def sum(self, target: str) -> NDArray[np.float64]:
        """Return the summed input of a target, in the geometry."""


def chosen(ranks: NDArray[np.int64], index: Any, population: Whole) -> NDArray[np.int64]:
    """Return ``ranks[index]``; the index may also be a list, or a mask in the shape of the ranks or of the geometry."""
    if isinstance(index, list | np.ndarray):
        index = np.asarray(index, dtype=None if len(index) else np.int64)
        if index.dtype == bool:
            if index.shape not in (ranks.shape, population.geometry) or index.size != ranks.size:
                raise ConfigurationError(
                    f"a mask of {ranks.size} neurons has the shape {ranks.shape}; got {index.shape}."
                )
            index = index.reshape(ranks.shape)
    try:
        found: NDArray[np.int64] = np.asarray(ranks[index])
    except (IndexError, TypeError, ValueError) as problem:
        raise ConfigurationError(
            f"population '{population.name}' of geometry {population.geometry}: {problem}."
        ) from None
    return found


class PopulationView:
    """Some neurons of a population, in the order in which they were chosen.

    Parameters
    ----------
    population : Population
    ranks : array_like of int
        Ranks in the population, each at most once.
    geometry : tuple of int, optional

    Raises
    ------
    ConfigurationError
        For ranks that do not exist or occur twice.
    """

    _population: Whole
    _ranks: NDArray[np.int64]

    def __init__(
        self, population: Whole, ranks: ArrayLike, geometry: tuple[int, ...] | None = None
    ) -> None:
        chosen = np.atleast_1d(np.asarray(ranks, dtype=np.int64)).reshape(-1)
        if chosen.size and (chosen.min() < 0 or chosen.max() >= population.size):
            raise ConfigurationError(f"population '{population.name}' has ranks 0 to {population.size - 1}.")
        if len(np.unique(chosen)) < len(chosen):
            raise ConfigurationError(f"a view of population '{population.name}' names a neuron twice.")
        object.__setattr__(self, "_population", population)
        object.__setattr__(self, "_ranks", chosen)
        object.__setattr__(self, "_geometry", geometry or (len(chosen),))

    @property
    def population(self) -> Whole:
        """The population."""
        return self._population

    @property
    def ranks(self) -> NDArray[np.int64]:
        """Ranks in the population."""
        return self._ranks

    @property
    def size(self) -> int:
        """Number of neurons."""
        return len(self._ranks)

    def __len__(self) -> int:
        return self.size

    @property
    def geometry(self) -> tuple[int, ...]:
        """Shape in which the neurons were chosen."""
        geometry: tuple[int, ...] = self._geometry
        return geometry

    @property
    def name(self) -> str:
        """Name of the population."""
        return self._population.name

    def __getattr__(self, name: str) -> Any:
        if name.startswith("_"):
            raise AttributeError(name)
        values = self._population._state.get(name)
        return values[self._ranks] if isinstance(values, np.ndarray) else values

    def __setattr__(self, name: str, value: Any) -> None:
        state = self._population._state
        if state.field(name).axis is Axis.OBJECT:
            raise ConfigurationError(
                f"'{name}' is one value for the whole population '{self.name}': set it there."
            )
        if isinstance(value, np.ndarray | list | tuple) and np.shape(value) == self.geometry:
            value = np.reshape(value, -1)
        state.set(name, value, self._ranks)

    def get(self, name: str) -> Any:
        """Return the attribute `name` of these neurons."""
        return getattr(self, name)

    def set(self, values: dict[str, Any]) -> None:
        """Set several attributes of these neurons."""
        for name, value in values.items():
            setattr(self, name, value)

    def sum(self, target: str) -> NDArray[np.float64]:
        """Return the summed input of a target for these neurons."""
        return self._population.sum(target).reshape(-1)[self._ranks]

    def __getitem__(self, index: Any) -> PopulationView:
        """Return a view of some of these neurons, by their positions in this view."""
        return PopulationView(self._population, np.atleast_1d(chosen(self._ranks, index, self._population)))

    def __iter__(self) -> Iterator[IndividualNeuron]:
        return (IndividualNeuron(self._population, int(rank)) for rank in self._ranks)

    def __add__(self, other: PopulationView) -> PopulationView:
        """Return the union of two views of one population, by ascending rank."""
        if not isinstance(other, PopulationView) or other._population is not self._population:
            raise ConfigurationError("only views of one population can be joined.")
        return PopulationView(self._population, np.union1d(self._ranks, other._ranks))

    def __repr__(self) -> str:
        return f"<{self.size} neurons of {self._population!r}>"


class IndividualNeuron:
    """One neuron of a population.

    Parameters
    ----------
    population : Population
    rank : int
    """

    _population: Whole
    _rank: int

    def __init__(self, population: Whole, rank: int) -> None:
        object.__setattr__(self, "_population", population)
        object.__setattr__(self, "_rank", int(rank))

    @property
    def rank(self) -> int:
        """Rank in the population."""
        return self._rank

    @property
    def population(self) -> Whole:
        """The population."""
        return self._population

    def __getattr__(self, name: str) -> Any:
        if name.startswith("_"):
            raise AttributeError(name)
        values = self._population._state.get(name)
        return values[self._rank].item() if isinstance(values, np.ndarray) else values

    def __setattr__(self, name: str, value: Any) -> None:
        setattr(PopulationView(self._population, [self._rank]), name, value)

    def sum(self, target: str) -> float:
        """Return the summed input of a target."""
        return float(self._population.sum(target).reshape(-1)[self._rank])

    def __repr__(self) -> str:
        return f"<neuron {self._rank} of {self._population!r}>"
