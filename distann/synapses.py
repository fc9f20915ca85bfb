"""The synapses of a projection as a script reads them: flat, as matrix and images, and by postsynaptic neuron."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from distann.dendrite import Dendrite, IndividualSynapse, LocalProjection
from distann.errors import ConfigurationError
from distann.population import Population
from distann.runtime.projection import ProjectionState
from distann.runtime.rows import Rows
from distann.view import PopulationView, Whole

__all__ = ["ReadableSynapses", "Side", "Synapses", "whole"]

Side = Population | PopulationView


class Synapses(NamedTuple):
    """All synapses of a projection as flat arrays, sorted by post, then by pre."""

    post: NDArray[np.int64]
    pre: NDArray[np.int64]
    w: NDArray[np.float64]
    delay: NDArray[np.float64]


class ReadableSynapses:
    """What can be read of a projection's synapses after ``compile()``; collective, but for `local`."""

    _name: str
    _pre: Side
    _post: Side
    _state: ProjectionState | None

    @property
    def name(self) -> str:
        """Name of the projection."""
        name: str = self._name
        return name

    @property
    def pre(self) -> Side:
        """Presynaptic side."""
        side: Side = self._pre
        return side

    @property
    def post(self) -> Side:
        """Postsynaptic side."""
        side: Side = self._post
        return side

    def _connected(self, action: str) -> ProjectionState:
        if self._state is None:
            raise ConfigurationError(
                f"{action} projection '{self.name}' needs its synapses: call a connector first, such as "
                "connect_all_to_all(weights=1.0)."
            )
        return self._state

    def synapses(self) -> Synapses:
        """Return all synapses as flat arrays ``(post, pre, w, delay)``, on every rank; collective."""
        state = self._connected("reading")
        post, pre = state.pairs()
        return Synapses(post, pre, state.flat("w"), state.delays())

    @property
    def nb_synapses(self) -> int:
        """Number of synapses."""
        return self._connected("counting the synapses of").count()

    @property
    def post_ranks(self) -> NDArray[np.int64]:
        """Ranks of the postsynaptic neurons that have synapses, ascending."""
        return self._connected("reading").post_ranks()

    @property
    def pre_ranks(self) -> Rows:
        """Presynaptic ranks of each of `post_ranks`."""
        state = self._connected("reading")
        return Rows(state.pairs()[1], state.rows()[1])

    @property
    def size(self) -> int:
        """Number of postsynaptic neurons that have synapses."""
        return len(self.post_ranks)

    def __len__(self) -> int:
        return self.size

    @property
    def nb_synapses_per_dendrite(self) -> NDArray[np.int64]:
        """Number of synapses of each of `post_ranks`."""
        return np.diff(self._connected("counting the synapses of").rows()[1])

    def connectivity_matrix(self, fill: float = 0.0) -> NDArray[np.float64]:
        """Return the weights as a matrix, shape (post side, pre side), with `fill` where there is no synapse."""
        state = self._connected("reading")
        post, pre = state.pairs()
        matrix = np.full((whole(self._post).size, whole(self._pre).size), fill)
        matrix[post, pre] = state.flat("w")
        if isinstance(self._post, Population) and isinstance(self._pre, Population):
            return matrix
        return matrix[np.ix_(self._post.ranks, self._pre.ranks)]

    def dendrite(self, rank: int | tuple[int, ...]) -> Dendrite:
        """Return the synapses of one postsynaptic neuron, by rank or by coordinates.

        Raises
        ------
        ConfigurationError
            When the neuron has none, and cannot get any.
        """
        state = self._connected("reading")
        post = whole(self._post)
        number = int(np.ravel_multi_index(rank, post.geometry)) if isinstance(rank, tuple) else int(rank)
        ranks = state.post_ranks()
        at = int(np.searchsorted(ranks, number))
        some = at < len(ranks) and ranks[at] == number
        if not some and not (state.spec.changeable and number in self._post.ranks):
            raise ConfigurationError(f"neuron {rank} has no synapses in projection '{self.name}'.")
        return Dendrite(self, state, number)

    def __getitem__(self, rank: int | tuple[int, ...]) -> Dendrite:
        return self.dendrite(rank)

    @property
    def dendrites(self) -> Iterator[Dendrite]:
        """Dendrites of all postsynaptic neurons that have synapses."""
        state = self._connected("reading")
        return (Dendrite(self, state, int(rank)) for rank in self.post_ranks)

    def __iter__(self) -> Iterator[Dendrite]:
        return self.dendrites

    def synapse(self, pre: int, post: int) -> IndividualSynapse:
        """Return the synapse from one neuron to another, the first if there are several.

        Raises
        ------
        ConfigurationError
            When there is none.
        """
        dendrite = self.dendrite(post)
        found = np.flatnonzero(dendrite.pre_ranks == pre)
        if not len(found):
            raise ConfigurationError(f"there is no synapse from neuron {pre} to {post} in projection '{self.name}'.")
        return dendrite.synapse(int(found[0]))

    @property
    def local(self) -> LocalProjection:
        """This rank's own synapses: ``proj.local.post``, ``.pre``, ``.w``, ``.delay``. Not collective."""
        return LocalProjection(self._connected("reading"))

    def receptive_fields(self, variable: str = "w", in_post_geometry: bool = True) -> NDArray[np.float64]:
        """Return an attribute as an image: for each postsynaptic neuron a tile in the presynaptic geometry.

        Parameters
        ----------
        variable : str
        in_post_geometry : bool
            Whether the tiles lie as the postsynaptic neurons do; otherwise as in a square, row by row.

        Returns
        -------
        ndarray, two axes
            0 where there is no synapse.

        Raises
        ------
        ConfigurationError
            For populations of more than two axes.
        """
        pre, post = (_sheet(whole(side).geometry, self.name) for side in (self._pre, self._post))
        if not in_post_geometry:
            columns = int(np.ceil(np.sqrt(np.prod(post))))
            post = (-(-int(np.prod(post)) // columns), columns)
        state = self._connected("reading")
        targets, sources = state.pairs()
        image = np.zeros((post[0], pre[0], post[1], pre[1]))
        image[targets // post[1], sources // pre[1], targets % post[1], sources % pre[1]] = state.flat(variable)
        return image.reshape(post[0] * pre[0], post[1] * pre[1])


def whole(side: Side) -> Whole:
    """Return the population of a side."""
    return side.population if isinstance(side, PopulationView) else side


def _sheet(geometry: tuple[int, ...], name: str) -> tuple[int, int]:
    """Return a geometry of one or two axes as one of two."""
    if len(geometry) > 2:
        raise ConfigurationError(f"projection '{name}': receptive fields are images; a population has {geometry}.")
    return geometry if len(geometry) == 2 else (1, geometry[0])
