"""The synapses that this rank has in the engine: read, written and replaced, in the order of their storage."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from distann.build import pointer
from distann.runtime.engine_calls import Calls

__all__ = ["Learning", "RuleSwitch", "StoredSynapses"]


@dataclass(frozen=True, slots=True)
class Learning:
    """When the synapses of a projection change.

    Attributes
    ----------
    plastic : bool
        Weights may change.
    update : bool
        The equations of the synapses go on: in steps of which ``(step - offset)`` is a multiple of `period`.
    period, offset : int
        Steps.
    """

    plastic: bool = True
    update: bool = True
    period: int = 1
    offset: int = 0


@dataclass(frozen=True, slots=True)
class RuleSwitch:
    """When a rule of structural plasticity is applied.

    Attributes
    ----------
    on : bool
    period, offset : int
        At the end of steps of which ``(step - offset)`` is a multiple of `period`.
    """

    on: bool = False
    period: int = 1
    offset: int = 0


class StoredSynapses(Calls):
    """The part of `Part` that has to do with single synapses; projections have numbers."""

    def set_learning(self, projection: int, learning: Learning) -> None:
        """Say whether and when the synapses of a projection change."""
        self._lib.distann_set_learning(
            self._network, projection, int(learning.plastic), int(learning.update), learning.period, learning.offset
        )

    def synapses(self, projection: int) -> int:
        """Return the number of synapses of a projection on this rank. Not collective."""
        return int(self._lib.distann_synapses(self._network, projection))

    def bytes(self, projection: int) -> int:
        """Return the memory on this rank of a projection's synapses, and of those stored together with them."""
        return int(self._lib.distann_bytes(self._network, projection))

    def pairs(self, projection: int) -> tuple[NDArray[np.uint32], NDArray[np.uint32]]:
        """Return (postsynaptic element, presynaptic rank) of this rank's synapses, in the order of storage."""
        n = self.synapses(projection)
        post, pre = np.empty(n, np.uint32), np.empty(n, np.uint32)
        self._lib.distann_read_pairs(self._network, projection, *(pointer(a, np.uint32) for a in (post, pre)))
        return post, pre

    def set_delay(self, projection: int, steps: int) -> None:
        """Change the one delay of a projection; collective.

        Raises
        ------
        KernelError
            When its synapses keep theirs.
        """
        self._agree(-self._lib.distann_set_delay(self._network, projection, steps))

    def pending(self, projection: int) -> int:
        """Return how many of the last steps' spikes have not arrived here, since the delay was changed."""
        return int(self._lib.distann_pending(self._network, projection))

    def set_pending(self, projection: int, back: int) -> None:
        """Let the spikes of the last `back` steps arrive as after a change of the delay; 0: as always."""
        self._lib.distann_set_pending(self._network, projection, back)

    def write_delays(self, projection: int, steps: NDArray[np.int64]) -> None:
        """Change the delays of this rank's synapses, in the order of storage; collective."""
        words = np.ascontiguousarray(steps, np.uint32)
        self._agree(-self._lib.distann_write_delays(self._network, projection, pointer(words, np.uint32)))

    def sorted_pairs(
        self, element: NDArray[np.uint32], pre: NDArray[np.uint32], elements: int
    ) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """Sort pairs by (element, presynaptic rank), equal ones as they are stored.

        Returns
        -------
        (starts, slots)
            Where the synapses of each element begin, shape (elements + 1,), and the position of each in the storage.
        """
        starts, slots = np.empty(elements + 1, np.int64), np.empty(len(pre), np.int64)
        given = (pointer(element, np.uint32), pointer(pre, np.uint32), len(pre), elements)
        self._lib.distann_sort_pairs(*given, pointer(starts, np.int64), pointer(slots, np.int64))
        return starts, slots

    def delays(self, projection: int) -> NDArray[np.uint32]:
        """Return the delays of this rank's synapses in steps, in the order of storage."""
        steps = np.empty(self.synapses(projection), np.uint32)
        self._lib.distann_read_delays(self._network, projection, pointer(steps, np.uint32))
        return steps

    def read_synapses(self, projection: int, field: int) -> NDArray[Any]:
        """Return a value of this rank's synapses, in the order of storage."""
        values = np.empty(self.synapses(projection), self.precision.name)
        self._lib.distann_read_synapses(self._network, projection, field, pointer(values, values.dtype))
        return values

    def write_synapses(self, projection: int, field: int, values: NDArray[Any]) -> None:
        """Set a value of this rank's synapses, in the order of storage."""
        self.changes += 1
        words = np.ascontiguousarray(values, self.precision.name)
        self._lib.distann_write_synapses(self._network, projection, field, pointer(words, words.dtype))

    def read_stored(self, projection: int, field: int) -> NDArray[Any]:
        """Return a value of this rank's synapses as it is stored: one that relaxes as of its last event."""
        values = np.empty(self.synapses(projection), self.precision.name)
        self._lib.distann_read_stored(self._network, projection, field, pointer(values, values.dtype))
        return values

    def write_stored(self, projection: int, field: int, values: NDArray[Any]) -> None:
        """Set what `read_stored` returns."""
        self.changes += 1
        words = np.ascontiguousarray(values, self.precision.name)
        self._lib.distann_write_stored(self._network, projection, field, pointer(words, words.dtype))

    def has_events(self, projection: int) -> bool:
        """Tell whether spikes change the synapses of a projection."""
        return bool(self._lib.distann_has_events(self._network, projection))

    def read_events(self, projection: int, elements: int) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """Return the steps of the last spikes: presynaptic, one a synapse, and postsynaptic, one an element."""
        arrived, last = np.empty(self.synapses(projection), np.int64), np.empty(elements, np.int64)
        self._lib.distann_read_events(self._network, projection, *(pointer(a, np.int64) for a in (arrived, last)))
        return arrived, last

    def write_events(self, projection: int, arrived: NDArray[np.int64], last: NDArray[np.int64]) -> None:
        """Set what `read_events` returns."""
        self.changes += 1
        arrays = [np.ascontiguousarray(values, np.int64) for values in (arrived, last)]
        self._lib.distann_write_events(self._network, projection, *(pointer(a, np.int64) for a in arrays))

    # ---- structural plasticity ------------------------------------------------------------------------------------

    def set_rules(self, projection: int, creating: RuleSwitch, pruning: RuleSwitch) -> None:
        """Say when the rules of a projection are applied."""
        switches = [self.keeper.ffi.new("int64_t[]", [int(r.on), r.period, r.offset]) for r in (creating, pruning)]
        self._lib.distann_set_rules(self._network, projection, *switches)

    def settle(self, projection: int) -> None:
        """Bring all values of the synapses up to date: on all ranks alike, before `write_pairs` on one of them."""
        self.changes += 1
        self._lib.distann_settle(self._network, projection)

    def write_pairs(self, projection: int, pairs: tuple[NDArray[Any], NDArray[Any], NDArray[Any]] | None) -> None:
        """Replace this rank's synapses by others, whose values are 0; collective.

        Parameters
        ----------
        projection : int
        pairs : (ndarray, ndarray, ndarray) or None
            Postsynaptic elements, presynaptic ranks and delays in steps, by element, then by rank. None: they stay.

        Raises
        ------
        KernelError
            On every rank, when they cannot be those of the projection on one.
        """
        failed = 0
        if pairs is not None:
            self.changes += 1
            arrays = [np.ascontiguousarray(values, np.uint32) for values in pairs]
            given = (pointer(array, np.uint32) for array in arrays)
            failed = self._lib.distann_write_pairs(self._network, projection, len(arrays[0]), *given)
        self._agree(-failed)

    def reconstruct(self, projection: int) -> None:
        """Replace the synapses by those that there were at first; collective."""
        self.changes += 1
        self._agree(-self._lib.distann_reconstruct(self._network, projection))

    def replaced(self, projection: int) -> int:
        """Return how often this rank's synapses were replaced since they were constructed."""
        return int(self._lib.distann_replaced(self._network, projection))
