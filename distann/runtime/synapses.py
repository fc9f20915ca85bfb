"""The synapses of a projection on this rank once they are built: their order, what is stored, what all ranks have."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from distann.codegen.ir import Axis, Field, Role, SynapseModel
from distann.codegen.lower_synapse import SynapseKernels
from distann.errors import NotCompiledError, UnknownAttributeError
from distann.model.specs import ProjectionSpec
from distann.runtime.comm import Comm
from distann.runtime.engine import Part
from distann.runtime.order import SynapseOrder
from distann.runtime.partition import Partition
from distann.runtime.state import PYTHON_TYPES

__all__ = ["BuiltSynapses", "LocalSynapses"]


@dataclass(frozen=True, slots=True, eq=False)
class _Built:
    """The synapses of this rank: in the engine's `part` under a number, with the values `stored` one a synapse."""

    part: Part
    number: int
    stored: tuple[str, ...]
    partition: Partition
    dt: float


class LocalSynapses(NamedTuple):
    """Synapses as flat arrays: ranks in the two populations, and delays in steps."""

    post: NDArray[np.int64]
    pre: NDArray[np.int64]
    delay: NDArray[np.uint32]


class BuiltSynapses:
    """Synapses of one projection as ``compile()`` has stored them, in one order for all that reads and writes them.

    What returns values "on every rank" is collective, and so are `count`, `pairs` and `rows`.

    Parameters
    ----------
    spec : ProjectionSpec
    model : SynapseModel
    comm : Comm
    """

    def __init__(self, spec: ProjectionSpec, model: SynapseModel, comm: Comm) -> None:
        self.spec, self.model, self.comm = spec, model, comm
        self.own: dict[str, NDArray[Any]] = {}  # values of the projection and of postsynaptic neurons
        self._built: _Built | None = None
        self._order: SynapseOrder | None = None
        self._rows: tuple[NDArray[np.int64], NDArray[np.int64]] | None = None
        self._seen: tuple[str, int, NDArray[Any]] | None = None  # name, changes of the engine then, values
        self._first: dict[str, NDArray[Any]] = {}  # what changed values of synapses were at first, as they are stored
        self._changes = 0  # how often the script made or removed synapses
        self._listed = (0, 0), (0, 0)  # `_version` when the order and the rows were found
        self.recorded = False  # a monitor keeps its columns

    @property
    def names(self) -> tuple[str, ...]:
        """What can be read and set."""
        return tuple(f.name for f in self.model.fields if f.role not in (Role.INTERNAL, Role.CONSTANT))

    def field(self, name: str) -> Field:
        """Return the field of that name.

        Raises
        ------
        UnknownAttributeError
            With a suggestion.
        """
        found = self.model.field(name)
        if found is None or found.role is Role.CONSTANT:
            raise UnknownAttributeError(f"projection '{self.spec.name}'", name, self.names)
        return found

    def attach(self, part: Part, number: int, kernels: SynapseKernels, partition: Partition, dt: float) -> None:
        """Take note that the synapses are built: by `part`, for `kernels`, on neurons cut by `partition`."""
        fields = kernels.transmission.fields
        stored = tuple(f.name for axis in (Axis.SYNAPSE, Axis.SEGMENT) for f in fields if f.axis is axis)
        self._built = _Built(part, number, stored, partition, dt)
        self._forget()

    def _forget(self) -> None:
        """The synapses are those that the connector gives."""
        self._order, self._rows, self._seen, self._first = None, None, None, {}
        for field in self.model.fields:
            if field.axis is Axis.SYNAPSE and field.role is Role.VARIABLE:
                self._remember(field.name)

    def _remember(self, name: str) -> None:
        """Keep the first values of the synapses, before something changes them."""
        if name not in self._first:
            self._first[name] = self.built.part.read_synapses(self.built.number, self.built.stored.index(name))

    @property
    def built(self) -> _Built:
        """What there is after ``compile()``.

        Raises
        ------
        NotCompiledError
        """
        if self._built is None:
            raise NotCompiledError(f"reading the synapses of projection '{self.spec.name}'")
        return self._built

    def count(self) -> int:
        """Return the number of synapses on all ranks."""
        return self.comm.sum(self.built.part.synapses(self.built.number))

    def pairs(self) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """Return (post, pre) ranks of all synapses, sorted by post, then by pre; on every rank."""
        return self.comm.gather_array(self.order.post), self.comm.gather_array(self.order.pre).astype(np.int64)

    def post_ranks(self) -> NDArray[np.int64]:
        """Return the ranks of the postsynaptic neurons that have synapses, ascending; on every rank."""
        return self.rows()[0]

    @property
    def order(self) -> SynapseOrder:
        """This rank's synapses, sorted by post, then by pre. Not collective."""
        if self._order is None or self._listed[0] != self._version:
            own = self.built.partition
            self._order = SynapseOrder.of(self.built.part, self.built.number, own.begin, own.local)
            self._listed = self._version, self._listed[1]
        return self._order

    @property
    def _version(self) -> tuple[int, int]:
        """Another one, on all ranks alike, after whatever may have made or removed synapses."""
        return self._changes, self.built.part.advances if self.ruled else 0

    def rows(self) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """Return the postsynaptic neurons that have synapses, and where those of each begin in `pairs`."""
        if self._rows is None or self._listed[1] != self._version:
            elements, counts = self.order.elements, self.order.counts
            ranks = self.comm.gather_array(elements + self.order.begin)
            starts = np.concatenate([[0], np.cumsum(self.comm.gather_array(counts[elements]))])
            self._rows = ranks, starts
            self._listed = self._listed[0], self._version
        return self._rows

    def local_synapses(self) -> LocalSynapses:
        """Return this rank's synapses, sorted by post, then by pre. Not collective."""
        delays = self.built.part.delays(self.built.number)[self.order.slots]
        return LocalSynapses(self.order.post, self.order.pre.astype(np.int64), delays)

    def local_slots(self, post: int | None = None) -> NDArray[np.int64]:
        """Return where this rank's synapses, or those of a neuron, are in the storage: by post, then by pre."""
        return self.order.slots if post is None else self.order.slots[self.order.row(post)]

    def stored_values(self, name: str) -> NDArray[Any]:
        """Return one word for each of `local_synapses`, as it is stored."""
        words = self.built.part.read_stored(self.built.number, self.built.stored.index(name))
        return words[self.order.slots]

    def set_stored_values(self, name: str, words: NDArray[Any]) -> None:
        """Set what `stored_values` returns; `reset` does not lose what there was at first."""
        self._remember(name)
        stored = np.empty_like(words)
        stored[self.order.slots] = words
        self.built.part.write_stored(self.built.number, self.built.stored.index(name), stored)

    def _store(self, name: str, local: NDArray[Any]) -> None:
        """Write one value for each of this rank's synapses, which are in their order."""
        stored = np.empty(len(local))
        stored[self.order.slots] = local
        self.built.part.write_synapses(self.built.number, self.built.stored.index(name), stored)

    # ---- synapses that come and go --------------------------------------------------------------------------------

    @property
    def ruled(self) -> bool:
        """Whether rules make or remove synapses."""
        return self.model.creating is not None or self.model.pruning is not None

    def changed(self) -> bool:
        """Tell whether there may be other synapses than the connector gave; collective."""
        return self.comm.sum(self.built.part.replaced(self.built.number)) > 0

    def replace(self, pairs: tuple[NDArray[Any], NDArray[Any], NDArray[Any]] | None) -> None:
        """Give this rank other synapses, whose values are 0, or none with None; collective. See `Part.write_pairs`."""
        self.built.part.write_pairs(self.built.number, pairs)
        self._changes += 1

    def reconstruct(self) -> None:
        """Give all ranks the synapses that the connector gave, with their first values; collective."""
        self.built.part.reconstruct(self.built.number)
        self._changes += 1
        self._forget()

    def events(self) -> tuple[NDArray[np.int64], NDArray[np.int64]] | None:
        """Return the steps of the last spikes, where values depend on them.

        Returns
        -------
        (arrived, last) or None
            Presynaptic ones, one for each of `local_synapses`, and postsynaptic ones, one for each neuron of this rank.
        """
        if not self.built.part.has_events(self.built.number):
            return None
        arrived, last = self.built.part.read_events(self.built.number, self.built.partition.local)
        return arrived[self.order.slots], last

    def set_events(self, arrived: NDArray[np.int64], last: NDArray[np.int64]) -> None:
        """Set what `events` returns."""
        stored = np.empty_like(arrived)
        stored[self.order.slots] = arrived
        self.built.part.write_events(self.built.number, stored, last)

    def local_values(self, name: str) -> NDArray[Any]:
        """Return one value for each of this rank's synapses, in their order. Not collective; not to be changed."""
        field, changes = self.field(name), self.built.part.changes
        if self._seen is not None and self._seen[:2] == (name, changes):
            return self._seen[2]
        if name in self.built.stored:
            words = self.built.part.read_synapses(self.built.number, self.built.stored.index(name))[self.order.slots]
        elif field.axis is Axis.NEURON:
            words = np.repeat(self.own[name][: len(self.order.counts)], self.order.counts)
        else:
            words = np.full(len(self.order.slots), self.own[name][0, 0])
        values = np.ascontiguousarray(words, PYTHON_TYPES[field.type])
        if name in self.built.stored:
            self._seen = name, changes, values
        return values

    def flat(self, name: str) -> NDArray[Any]:
        """Return one value for each synapse, in the order of `pairs`, on every rank."""
        return self.comm.gather_array(self.local_values(name))

    def pre_of(self, post: int) -> NDArray[np.int64]:
        """Return the presynaptic ranks of one postsynaptic neuron, ascending; on every rank."""
        return self.comm.gather_array(self.order.pre[self.order.row(post)]).astype(np.int64)

    def row(self, name: str, post: int) -> NDArray[Any]:
        """Return the values of one postsynaptic neuron's synapses, on every rank."""
        return self.comm.gather_array(self.local_values(name)[self.order.row(post)])

    def delays(self) -> NDArray[np.float64]:
        """Return the delay of each synapse as it is applied, ms, in the order of `pairs`, on every rank."""
        steps = self.built.part.delays(self.built.number)[self.order.slots]
        return self.comm.gather_array(steps * self.built.dt)

    def row_delays(self, post: int) -> NDArray[np.float64]:
        """Return the delays of one postsynaptic neuron's synapses, ms, on every rank."""
        steps = self.built.part.delays(self.built.number)[self.order.slots[self.order.row(post)]]
        return self.comm.gather_array(steps * self.built.dt)
