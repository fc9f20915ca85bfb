"""What a monitor has recorded: from the buffers of the ranks to whole arrays."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from distann.codegen.ir import Axis, Field
from distann.runtime.projection import ProjectionState
from distann.runtime.simulation import Simulation
from distann.runtime.spikes import Spikes
from distann.runtime.state import PYTHON_TYPES

__all__ = ["RowRecorder", "SpikeRecorder", "record_neurons", "record_synapses"]

SPIKES_AT_ONCE = 1 << 22  # read from a checkpoint


class RowRecorder:
    """One row of values every period, of which this rank has some columns.

    Parameters
    ----------
    simulation : Simulation
    number : int
        Of the recorder in the engine.
    field : Field
        What is recorded.
    columns : int
        Of this rank.
    owners : (ndarray of int, ndarray of int)
        Of this rank's columns by rank: the neuron, and for a synapse the presynaptic one.
    by_rank : ndarray of int, optional
        This rank's columns in the order of the neurons' ranks, unless they are in it.
    order : ndarray of int, optional
        Columns of all ranks, by rank, in the order in which they were asked for, unless that is the same.

    Attributes
    ----------
    begin, width, most : int
        The first column of this rank, by rank of neurons or synapses, how many columns all ranks have, and how many a
        rank has at most.
    """

    def __init__(
        self,
        simulation: Simulation,
        number: int,
        field: Field,
        columns: int,
        owners: tuple[NDArray[Any], NDArray[Any]],
        by_rank: NDArray[np.intp] | None = None,
        order: NDArray[np.intp] | None = None,
    ) -> None:
        self.simulation, self.number, self.columns, self.owners = simulation, number, columns, owners
        self.single = field.axis is Axis.OBJECT
        self.word, self.kind = simulation.word(field), PYTHON_TYPES[field.type]
        counts = [1] * simulation.comm.size if self.single else simulation.comm.allgather(columns)
        self.begin = 0 if self.single else sum(counts[: simulation.comm.rank])
        self.width = 1 if self.single else sum(counts)
        self.most = max(counts)
        self._by_rank: slice | NDArray[np.intp] = slice(None) if by_rank is None else by_rank
        self._order: slice | NDArray[np.intp] = slice(None) if order is None else order

    def bytes(self) -> int:
        """Memory of the records on this rank."""
        return self.simulation.part.recorded(self.number) * self.columns * self.word.itemsize

    def raw(self) -> NDArray[Any]:
        """Return this rank's records in the engine's words, by rank: shape (rows, columns)."""
        return self._rows()[:, self._by_rank]

    def _rows(self) -> NDArray[Any]:
        return self.simulation.part.read_rows(self.number, self.word, self.columns)

    def local(self) -> NDArray[Any]:
        """Return this rank's records: shape (rows, columns), or (rows,) for one value of the object. Not collective."""
        values = self._rows().astype(self.kind)
        return values[:, 0] if self.single else values

    def read(self) -> NDArray[Any]:
        """Return all records, on every rank: shape (rows, width), or (rows,) for one value an object; collective."""
        if self.single:
            return self.local()
        comm, rows = self.simulation.comm, self.raw()
        whole = comm.gather_array(np.ascontiguousarray(rows.T)).T if comm.size > 1 else rows
        return self.arranged(whole)

    def arranged(self, rows: NDArray[Any]) -> NDArray[Any]:
        """Return rows of all ranks with the columns in the order in which they were asked for, in Python's types."""
        return np.ascontiguousarray(rows[:, self._order], self.kind)

    def stored(self) -> NDArray[Any]:
        """Return this rank's records as a checkpoint keeps them: shape (columns, rows), neurons by rank."""
        local = self.raw().T
        if self.single and self.simulation.comm.rank > 0:
            return np.ascontiguousarray(local[:0])  # the value of an object is one rank's to keep
        return np.ascontiguousarray(local)

    def set_stored(self, records: Any) -> None:
        """Replace this rank's records by its share of those of all ranks, in the order of `stored`."""
        values = np.asarray(records[self.begin : self.begin + self.columns])
        local = np.empty((values.shape[1], self.columns), self.word)
        local[:, self._by_rank] = values.T
        self.simulation.part.write_rows(self.number, local)


def record_neurons(
    simulation: Simulation, population: int, name: str, period: int, offset: int, ranks: NDArray[Any] | None
) -> RowRecorder:
    """Record one variable of the neurons of a population or of a view; collective.

    Parameters
    ----------
    simulation : Simulation
    population : int
    name : str
    period, offset : int
        Steps: recorded when ``(step - offset) % period == 0``.
    ranks : ndarray of int or None
        The neurons; None for all.
    """
    state = simulation.populations[population]
    field = state.field(name)
    assert state.layout is not None
    own = state.layout.partition
    # The input of a step is what has arrived and has not decayed yet (LANGUAGE 2.7, phase 3).
    inputs = name in {state.model.input_field(target) for target in state.model.targets}
    elements: NDArray[np.uint32] | None = None
    by_rank, order, columns = None, None, own.local
    ids = np.arange(own.begin, own.end)
    if field.axis is Axis.OBJECT:
        columns, ids = 1, _of_object(simulation)
    elif ranks is not None:
        mine = ranks[(ranks >= own.begin) & (ranks < own.end)]
        elements = (mine - own.begin).astype(np.uint32)
        by_rank, order = np.argsort(mine), np.searchsorted(np.sort(ranks), ranks)
        columns, ids = len(mine), np.sort(mine)
    number = simulation.part.record_field(
        population, state.arrays[name], field.axis, inputs, period, offset, elements
    )
    return RowRecorder(simulation, number, field, columns, (ids, np.zeros_like(ids)), by_rank, order)


def record_synapses(
    simulation: Simulation, state: ProjectionState, name: str, period: int, offset: int, post: int | None
) -> RowRecorder:
    """Record one variable of a projection, or of the dendrite of the neuron `post`; collective.

    A row has the synapses by post, then by pre; or the neurons that have synapses; or the one value of the projection.
    """
    field, part, first = state.field(name), simulation.part, state.built.partition.begin
    state.recorded = state.spec.changeable
    synapses = state.local_synapses()
    mine = slice(None) if post is None else synapses.post == post
    owners = synapses.post[mine], synapses.pre[mine]
    if name in state.built.stored:
        slots = state.local_slots(post)
        number = part.record_synapses(state.built.number, state.built.stored.index(name), period, offset, slots)
        return RowRecorder(simulation, number, field, len(slots), owners)
    if field.axis is Axis.OBJECT:
        owners = _of_object(simulation), _of_object(simulation)
    elif not state.one_a_synapse(name):
        ids = np.unique(owners[0])
        owners = ids, np.zeros_like(ids)
    elements = None if field.axis is Axis.OBJECT else (owners[0] - first).astype(np.uint32)
    columns = 1 if elements is None else len(elements)
    number = part.record_field(
        state.spec.post.population, state.own[name], field.axis, False, period, offset, elements
    )
    return RowRecorder(simulation, number, field, columns, owners)


def _of_object(simulation: Simulation) -> NDArray[np.int64]:
    """The one column of an object's value, which is rank 0's."""
    return np.zeros(1 if simulation.comm.rank == 0 else 0, np.int64)


class SpikeRecorder:
    """Records the spikes of the neurons of a population or of a view.

    Parameters
    ----------
    simulation : Simulation
    population : int
    ranks : ndarray of int or None
        The neurons; None for all.
    axonal : bool
        Their axonal spikes instead.

    Attributes
    ----------
    most : int
        Neurons of the population that a rank has at most.
    """

    def __init__(
        self, simulation: Simulation, population: int, ranks: NDArray[Any] | None, axonal: bool = False
    ) -> None:
        self.simulation = simulation
        size = simulation.populations[population].spec.size
        self._some = ranks is not None
        self.ranks = np.arange(size) if ranks is None else np.asarray(ranks, np.int64)
        layout = simulation.populations[population].layout
        assert layout is not None
        self._own = layout.partition
        self.most = max(simulation.comm.allgather(self._own.local))
        self.number = simulation.part.record_spikes(simulation.axons[population] if axonal else population)

    def bytes(self) -> int:
        """Memory of the records on this rank."""
        return 16 * self.simulation.part.recorded(self.number)

    def raw(self) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """Return (step, rank of the neuron) of this rank's spikes, sorted by step, then by neuron."""
        steps, ids = self.simulation.part.read_spikes(self.number)
        if self._some:
            wanted = np.isin(ids, self.ranks)
            steps, ids = steps[wanted], ids[wanted]
        return steps, ids

    def local(self) -> Spikes:
        """Return the spikes of this rank's neurons. Not collective."""
        steps, ids = self.raw()
        return Spikes(ids, steps, self.ranks[(self.ranks >= self._own.begin) & (self.ranks < self._own.end)])

    def read(self) -> Spikes:
        """Return all recorded spikes, on every rank; collective."""
        steps, ids = self.raw()
        comm = self.simulation.comm
        if comm.size > 1:
            steps, ids = comm.gather_array(steps), comm.gather_array(ids)
            order = np.lexsort((ids, steps))
            steps, ids = steps[order], ids[order]
        return Spikes(ids, steps, self.ranks)

    def stored(self) -> NDArray[np.int64]:
        """Return this rank's spikes as a checkpoint keeps them: shape (spikes, 2), step and rank of the neuron."""
        return np.stack(self.simulation.part.read_spikes(self.number), axis=1)

    def set_stored(self, records: Any) -> None:
        """Replace this rank's spikes by its share of those of all ranks."""
        found = [np.empty((0, 2), np.int64)]
        for begin in range(0, len(records), SPIKES_AT_ONCE):
            spikes = np.asarray(records[begin : begin + SPIKES_AT_ONCE])
            found.append(spikes[(spikes[:, 1] >= self._own.begin) & (spikes[:, 1] < self._own.end)])
        mine = np.concatenate(found)
        order = np.lexsort((mine[:, 1], mine[:, 0]))
        steps, ids = (np.ascontiguousarray(column) for column in mine[order].T)
        self.simulation.part.write_spikes(self.number, steps, ids)
