"""What is recorded in the engine while it runs."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from distann.build import pointer
from distann.codegen.ir import Axis
from distann.errors import KernelError
from distann.runtime.engine_calls import Calls

__all__ = ["Recorders"]


class Recorders(Calls):
    """The part of `Part` that has to do with recording; recorders have numbers."""

    def record_field(
        self,
        population: int,
        array: NDArray[Any],
        axis: Axis,
        inputs: bool,
        period: int,
        offset: int,
        elements: NDArray[np.uint32] | None,
    ) -> int:
        """Record an array of some of this rank's neurons; return the number of the recorder."""
        c_axis = self.keeper.constant(f"DISTANN_{axis.name}")
        address, chosen = self.keeper.pointer(array), self.keeper.pointer(elements)
        n = 0 if elements is None else len(elements)
        number = self._lib.distann_record_field(
            self._network, population, address, c_axis, int(inputs), period, offset, chosen, n
        )
        return self._agree(number)

    def record_spikes(self, population: int) -> int:
        """Record the spikes of a population; return the number of the recorder."""
        return self._agree(self._lib.distann_record_spikes(self._network, population))

    def record_synapses(
        self, projection: int, field: int, period: int, offset: int, slots: NDArray[np.int64]
    ) -> int:
        """Record a value of some of this rank's synapses, by their positions in the order of storage. Collective."""
        number = self._lib.distann_record_synapses(
            self._network, projection, field, period, offset, pointer(slots, np.int64, writable=False), len(slots)
        )
        return self._agree(number)

    def switch_recorder(self, recorder: int, on: bool) -> None:
        """Let a recorder record, or pause it."""
        self._lib.distann_record_switch(self._network, recorder, int(on))

    def recorded(self, recorder: int) -> int:
        """Return the number of recorded steps, or of recorded spikes of this rank."""
        return int(self._lib.distann_recorded(self._network, recorder))

    def read_rows(self, recorder: int, dtype: np.dtype[Any], n: int) -> NDArray[Any]:
        """Return what this rank recorded: shape (steps, n)."""
        words = np.empty((self.recorded(recorder), n), dtype)
        self._lib.distann_read_rows(self._network, recorder, pointer(words, dtype))
        return words

    def read_spikes(self, recorder: int) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """Return (step, rank of the neuron) of this rank's recorded spikes, sorted by step, then by neuron."""
        n = self.recorded(recorder)
        steps, ranks = np.empty(n, np.int64), np.empty(n, np.int64)
        self._lib.distann_read_spikes(self._network, recorder, *(pointer(a, np.int64) for a in (steps, ranks)))
        return steps, ranks

    def write_rows(self, recorder: int, words: NDArray[Any]) -> None:
        """Replace what this rank recorded: shape (steps, n), as `read_rows` gives it."""
        failed = self._lib.distann_write_rows(
            self._network, recorder, pointer(words, words.dtype, writable=False), len(words)
        )
        if failed:
            raise KernelError(self._message(), self.comm.rank)

    def write_spikes(self, recorder: int, steps: NDArray[np.int64], ranks: NDArray[np.int64]) -> None:
        """Replace the spikes that this rank recorded, as `read_spikes` gives them."""
        failed = self._lib.distann_write_spikes(
            self._network, recorder, *(pointer(a, np.int64, writable=False) for a in (steps, ranks)), len(steps)
        )
        if failed:
            raise KernelError(self._message(), self.comm.rank)

    def clear_recorder(self, recorder: int, keep: bool = False) -> None:
        """Forget what was recorded; with `keep` its memory waits for what follows."""
        self._lib.distann_record_clear(self._network, recorder, int(keep))
