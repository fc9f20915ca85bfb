"""The synapses of one postsynaptic neuron, one synapse, and the synapses of this rank."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from distann.errors import ConfigurationError
from distann.runtime.projection import ProjectionState
from distann.runtime.structure import create, prune

__all__ = ["Dendrite", "IndividualSynapse", "LocalProjection"]


class Dendrite:
    """The synapses of one postsynaptic neuron; reading and setting are collective.

    What holds one value a synapse is an array, by ascending presynaptic rank.

    Parameters
    ----------
    projection : Projection
    state : ProjectionState
    post_rank : int
    """

    __slots__ = ("_state", "post_rank", "projection")

    post_rank: int
    _state: ProjectionState

    def __init__(self, projection: Any, state: ProjectionState, post_rank: int) -> None:
        for name, value in zip(("projection", "_state", "post_rank"), (projection, state, post_rank), strict=True):
            object.__setattr__(self, name, value)

    @property
    def pre_ranks(self) -> NDArray[np.int64]:
        """Presynaptic ranks, ascending."""
        return self._state.pre_of(self.post_rank)

    @property
    def size(self) -> int:
        """Number of synapses."""
        return len(self.pre_ranks)

    def __len__(self) -> int:
        return self.size

    @property
    def delay(self) -> NDArray[np.float64]:
        """Delays as they are applied, ms."""
        return self._state.row_delays(self.post_rank)

    @property
    def attributes(self) -> list[str]:
        """Names of the synapses' parameters and variables."""
        return list(self._state.names)

    def get(self, name: str) -> Any:
        """Return the attribute `name`."""
        return getattr(self, name)

    def set(self, values: dict[str, Any]) -> None:
        """Set several attributes."""
        for name, value in values.items():
            setattr(self, name, value)

    def __getattr__(self, name: str) -> Any:
        if name.startswith("_"):
            raise AttributeError(name)
        whole = self._state.one_for_many(name)
        if whole is None:
            return self._state.row(name, self.post_rank)
        return self._state.row(name, self.post_rank)[0].item() if whole == "row" else self._state.get(name)

    def __setattr__(self, name: str, value: Any) -> None:
        if self._state.one_for_many(name) == "projection":
            raise ConfigurationError(
                f"'{name}' is one number for all synapses of projection '{self._state.spec.name}': set it there."
            )
        self._state.set_row(name, self.post_rank, value)

    def synapse(self, position: int) -> IndividualSynapse:
        """Return one synapse, by its position."""
        size = self.size
        if not -size <= position < size:
            raise ConfigurationError(f"neuron {self.post_rank} has {size} synapses: there is none at {position}.")
        return IndividualSynapse(self, position % size)

    def __getitem__(self, position: int) -> IndividualSynapse:
        return self.synapse(position)

    @property
    def synapses(self) -> Iterator[IndividualSynapse]:
        """All synapses, one after the other."""
        return (IndividualSynapse(self, position) for position in range(self.size))

    def __iter__(self) -> Iterator[IndividualSynapse]:
        return self.synapses

    def create_synapse(self, rank: int, w: float = 0.0, delay: float = 0.0) -> None:
        """Make a synapse; collective. See `create_synapses`.

        Parameters
        ----------
        rank : int
            Of the presynaptic neuron.
        w : float
        delay : float
            ms.
        """
        self.create_synapses([rank], [w], [delay])

    def create_synapses(self, ranks: Any, weights: Any = None, delays: Any = None) -> None:
        """Make synapses; collective. What they have besides begins as it does in synapses of the connector.

        Parameters
        ----------
        ranks : sequence of int
            Of the presynaptic neurons, which have no synapse here.
        weights : float or sequence of float, optional
            0 by default.
        delays : float or sequence of float, optional
            ms. 0, the default, is the one delay of the projection, or one step where its delays differ.

        Raises
        ------
        ConfigurationError
            When one is there already, a rank or a delay is none of the projection's, or the synapses cannot change:
            they can where the synapse has rules for it, and everywhere after ``setup(structural_plasticity=True)``.
        """
        create(self._state, self.post_rank, ranks, weights, delays)

    def prune_synapse(self, rank: int) -> None:
        """Remove the synapse from one presynaptic neuron, all of them if there are several; collective."""
        self.prune_synapses([rank])

    def prune_synapses(self, ranks: Any) -> None:
        """Remove the synapses from some presynaptic neurons; collective.

        Parameters
        ----------
        ranks : sequence of int

        Raises
        ------
        ConfigurationError
            When one is not there, or the synapses cannot change.
        """
        prune(self._state, self.post_rank, ranks)

    def receptive_field(self, variable: str = "w", fill: float = 0.0) -> NDArray[np.float64]:
        """Return an attribute in the geometry of the presynaptic population, with `fill` where there is no synapse."""
        geometry: Sequence[int] = getattr(self.projection.pre, "population", self.projection.pre).geometry
        field = np.full(int(np.prod(geometry)), fill)
        field[self.pre_ranks] = getattr(self, variable)
        return field.reshape(tuple(geometry))

    def __repr__(self) -> str:
        return f"<synapses of neuron {self.post_rank} in {self.projection!r}>"


class IndividualSynapse:
    """One synapse; reading and setting are collective.

    Parameters
    ----------
    dendrite : Dendrite
    position : int
        Among its synapses.
    """

    __slots__ = ("dendrite", "position")

    dendrite: Dendrite
    position: int

    def __init__(self, dendrite: Dendrite, position: int) -> None:
        object.__setattr__(self, "dendrite", dendrite)
        object.__setattr__(self, "position", position)

    @property
    def pre_rank(self) -> int:
        """Presynaptic rank."""
        return int(self.dendrite.pre_ranks[self.position])

    @property
    def post_rank(self) -> int:
        """Postsynaptic rank."""
        return self.dendrite.post_rank

    def __getattr__(self, name: str) -> Any:
        values = getattr(self.dendrite, name)
        return values[self.position].item() if isinstance(values, np.ndarray) else values

    def __setattr__(self, name: str, value: Any) -> None:
        values = getattr(self.dendrite, name)
        if isinstance(values, np.ndarray):
            values = np.array(values)
            values[self.position] = value
            value = values
        setattr(self.dendrite, name, value)

    def __repr__(self) -> str:
        return f"<synapse {self.position} of {self.dendrite!r}>"


class LocalProjection:
    """The synapses of this rank, as flat arrays sorted by post, then by pre. Not collective: each rank has its own.

    Parameters
    ----------
    state : ProjectionState
    """

    __slots__ = ("_state",)

    def __init__(self, state: ProjectionState) -> None:
        self._state = state

    @property
    def post(self) -> NDArray[np.int64]:
        """Postsynaptic ranks."""
        return self._state.order.post

    @property
    def pre(self) -> NDArray[np.int64]:
        """Presynaptic ranks."""
        return self._state.order.pre.astype(np.int64)

    @property
    def delay(self) -> NDArray[np.float64]:
        """Delays as they are applied, ms."""
        return np.asarray(self._state.local_synapses().delay * self._state.built.dt, np.float64)

    @property
    def nb_synapses(self) -> int:
        """Number of synapses of this rank."""
        return len(self._state.order.slots)

    def __getattr__(self, name: str) -> NDArray[Any]:
        if name.startswith("_"):
            raise AttributeError(name)
        return np.array(self._state.local_values(name))
