"""What a monitor has recorded: from the buffers of the ranks to whole arrays."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from distann.codegen.ir import Axis
from distann.runtime.simulation import Simulation
from distann.runtime.spikes import Spikes
from distann.runtime.state import PYTHON_TYPES

__all__ = ["FieldRecorder", "SpikeRecorder"]

SPIKES_AT_ONCE = 1 << 22  # read from a checkpoint


class FieldRecorder:
    """Records one variable of the neurons of a population or of a view.

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

    def __init__(
        self,
        simulation: Simulation,
        population: int,
        name: str,
        period: int,
        offset: int,
        ranks: NDArray[Any] | None,
    ) -> None:
        self.simulation, self.state = simulation, simulation.populations[population]
        self.field = self.state.field(name)
        layout = self.state.layout
        assert layout is not None
        self._word, own = layout.word(self.field), layout.partition
        # The input of a step is what has arrived and has not decayed yet (LANGUAGE 2.7, phase 3).
        inputs = name in {self.state.model.input_field(target) for target in self.state.model.targets}
        elements: NDArray[np.uint32] | None = None
        self._positions, self._n, self._before = None, own.local, own.begin
        self._by_rank: slice | NDArray[np.intp] = slice(None)
        if self.field.axis is Axis.OBJECT:
            self._n = 1
        elif ranks is not None:
            self._positions = np.flatnonzero((ranks >= own.begin) & (ranks < own.end))
            elements = (ranks[self._positions] - own.begin).astype(np.uint32)
            self._n, self._before = len(elements), int((ranks < own.begin).sum())
            self._by_rank = np.argsort(elements)
        self.number = simulation.part.record_field(
            population, self.state.arrays[name], self.field.axis, inputs, period, offset, elements
        )

    def stored(self) -> NDArray[Any]:
        """Return this rank's records as a checkpoint keeps them: shape (neurons, steps), neurons by rank."""
        local = self.simulation.part.read_field(self.number, self._word, self._n).T
        if self.field.axis is Axis.OBJECT and self.simulation.comm.rank > 0:
            return np.ascontiguousarray(local[:0])  # the value of a population is one rank's to keep
        return np.ascontiguousarray(local[self._by_rank])

    def set_stored(self, records: Any) -> None:
        """Replace this rank's records by its share of those of all ranks, in the order of `stored`."""
        begin = 0 if self.field.axis is Axis.OBJECT else self._before
        values = np.asarray(records[begin : begin + self._n])
        local = np.empty((values.shape[1], self._n), self._word)
        local[:, self._by_rank] = values.T
        self.simulation.part.write_field(self.number, local)

    def read(self) -> NDArray[Any]:
        """Return all recorded values, on every rank: shape (steps, neurons), or (steps,) for one value a population."""
        local = self.simulation.part.read_field(self.number, self._word, self._n)
        kind = PYTHON_TYPES[self.field.type]
        if self.field.axis is Axis.OBJECT:
            return local[:, 0].astype(kind)
        comm = self.simulation.comm
        whole = comm.gather_array(np.ascontiguousarray(local.T)) if comm.size > 1 else local.T
        if self._positions is not None:
            positions = comm.gather_array(self._positions)
            ordered = np.empty_like(whole)
            ordered[positions] = whole
            whole = ordered
        return np.ascontiguousarray(whole.T, kind)


class SpikeRecorder:
    """Records the spikes of the neurons of a population or of a view.

    Parameters
    ----------
    simulation : Simulation
    population : int
    ranks : ndarray of int or None
        The neurons; None for all.
    """

    def __init__(self, simulation: Simulation, population: int, ranks: NDArray[Any] | None) -> None:
        self.simulation = simulation
        size = simulation.populations[population].spec.size
        self._some = ranks is not None
        self._ranks = np.arange(size) if ranks is None else np.asarray(ranks, np.int64)
        layout = simulation.populations[population].layout
        assert layout is not None
        self._own = layout.partition
        self.number = simulation.part.record_spikes(population)

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

    def read(self) -> Spikes:
        """Return all recorded spikes, on every rank."""
        steps, ids = self.simulation.part.read_spikes(self.number)
        if self._some:
            wanted = np.isin(ids, self._ranks)
            steps, ids = steps[wanted], ids[wanted]
        comm = self.simulation.comm
        if comm.size > 1:
            steps, ids = comm.gather_array(steps), comm.gather_array(ids)
            order = np.lexsort((ids, steps))
            steps, ids = steps[order], ids[order]
        return Spikes(ids, steps, self._ranks)
