"""This rank's part of a network in the engine: calls of its C interface are made here and in the files beside."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from distann.build import Engine, pointer
from distann.codegen.ir import Axis
from distann.codegen.target import Precision
from distann.errors import KernelError
from distann.runtime.comm import Comm
from distann.runtime.engine_recorders import Recorders
from distann.runtime.engine_synapses import StoredSynapses
from distann.runtime.packets import Packets

__all__ = ["Part"]


class Part(StoredSynapses, Recorders):
    """The neurons and synapses of one rank.

    Parameters
    ----------
    engine, settings, precision, comm
        As for `Calls`.
    meeting : bool
        A step goes on after the exchange.

    Raises
    ------
    KernelError
        When there is no memory.
    """

    def __init__(
        self, engine: Engine, settings: Any, precision: Precision, comm: Comm, meeting: bool = False
    ) -> None:
        super().__init__(engine, settings, precision, comm)
        self._meeting = meeting
        self.advances = 0  # goes up with each call of `advance`, hence on all ranks alike
        self._packets = Packets(comm, self._lib, self._network)

    # ---- building -------------------------------------------------------------------------------------------------

    def add_population(self, description: Any) -> None:
        """Add a ``distann_population *``; collective."""
        self._agree(self._lib.distann_add_population(self._network, description))

    def play(self, population: int, array: NDArray[Any], axis: Axis, timetable: Any) -> None:
        """Let an array of a population take the values of a ``distann_timetable *``; collective."""
        c_axis, field = self.keeper.constant(f"DISTANN_{axis.name}"), self.keeper.pointer(array, writable=True)
        self._agree(-self._lib.distann_play(self._network, population, field, c_axis, timetable))

    def publish(self, population: int, array: NDArray[Any]) -> int:
        """Let other neurons read an array of a population continuously; return its number. Collective."""
        return self._agree(self._lib.distann_publish(self._network, population, self.keeper.pointer(array)))

    def measure_rate(self, population: int, rates: NDArray[Any], steps: int) -> None:
        """Keep an array of a population at the rates of the last steps, Hz. Collective."""
        address = self.keeper.pointer(rates, writable=True)
        self._agree(self._lib.distann_measure_rate(self._network, population, address, steps))

    def add_reduction(self, published: int, array: NDArray[Any], operation: str, into: NDArray[Any]) -> None:
        """Reduce a published array over its whole population after every step: ``mean``, ``max``... Collective."""
        kind = self.keeper.constant(f"DISTANN_{operation.upper()}")
        address = self.keeper.pointer(into, writable=True)
        integer = int(array.dtype.kind == "i")
        self._agree(self._lib.distann_add_reduction(self._network, published, integer, kind, address))

    def add_projections(self, descriptions: Any, n: int) -> int:
        """Build the synapses of a bundle, ``distann_projection[n]``; return the number of the first. Collective."""
        return self._agree(self._lib.distann_add_projections(self._network, descriptions, n))

    def set_program(self, operations: list[tuple[str, int]]) -> None:
        """Say what a step is made of: (kind, object) in order, the kinds as `Operation` names them; collective."""
        kinds = {kind: "DISTANN_" + kind.upper().replace(" ", "_") for kind, _ in operations}
        numbers = {kind: self.keeper.constant(name) for kind, name in kinds.items()}
        c = self.keeper.new("distann_operation[]", [(numbers[kind], number) for kind, number in operations])
        self._agree(self._lib.distann_set_program(self._network, c, len(operations)))

    def add_condition(self, description: Any) -> int:
        """Add a ``distann_condition *``; return its number. Collective."""
        return self._agree(self._lib.distann_add_condition(self._network, description))

    # ---- running --------------------------------------------------------------------------------------------------

    @property
    def step(self) -> int:
        """Steps done; the time is ``step * dt``."""
        return int(self._lib.distann_step(self._network))

    @step.setter
    def step(self, step: int) -> None:
        self._lib.distann_set_step(self._network, step)

    def forget_spikes(self) -> None:
        """Take back the spikes in flight."""
        self._lib.distann_forget_spikes(self._network)

    def advance(self, steps: int, seconds: float) -> None:
        """Run steps, fewer if it takes longer; one window where ranks send each other packets. Collective.

        Raises
        ------
        KernelError
            On every rank, when the engine failed on one.
        """
        self.changes += 1
        self.advances += 1
        status = self._packets.meet(lambda: self._lib.distann_advance(self._network, steps, seconds))
        if status == self._lib.DISTANN_FAILED:
            raise self._failure()
        if status == self._lib.DISTANN_EXCHANGE:
            self._exchange()  # a failure travels in the packet
            if self._meeting:  # if it fails in there, the next packet tells
                self._lib.distann_finish(self._network)

    def refresh(self, everywhere: bool) -> None:
        """Let other neurons see published arrays as Python left them; collective.

        Parameters
        ----------
        everywhere : bool
            In the whole past that delays reach back to, not only in the last step.
        """
        failed = self._lib.distann_refresh(self._network, int(everywhere))
        if self.comm.size > 1:
            self._exchange()
        elif failed:
            raise self._failure()

    def watch(self, conditions: Sequence[int], all_of_them: bool) -> None:
        """Let runs end with the step after which conditions are met, all or one; none: run on. On all ranks alike."""
        numbers = np.asarray(conditions, np.int32)
        self._lib.distann_watch(self._network, pointer(numbers, np.int32), len(numbers), int(all_of_them))

    @property
    def stopped(self) -> bool:
        """Whether the watched conditions have been met; the same on all ranks."""
        return bool(self._lib.distann_stopped(self._network))

    def say(self, word: int) -> None:
        """Give bits to all ranks with the next exchange."""
        self._lib.distann_notify(self._network, word)

    def heard(self) -> int:
        """Return, once, the bits that any rank has said before the last exchange; the same on all ranks."""
        return int(self._lib.distann_heard(self._network))

    def switch_population(self, population: int, on: bool) -> None:
        """Let the neurons of a population go on, or stay as they are."""
        self._lib.distann_set_update(self._network, population, int(on))

    def switch_projection(self, projection: int, on: bool, axons: bool) -> None:
        """Let a projection transmit, or not; if it does, axonal spikes as well, or not."""
        self._lib.distann_set_transmission(self._network, projection, int(on))
        self._lib.distann_set_axon_transmission(self._network, projection, int(axons))

    # ---- the past -------------------------------------------------------------------------------------------------

    def flying(self, population: int) -> tuple[NDArray[np.int32], NDArray[np.uint32]]:
        """Return (steps ago, rank of the neuron) of the spikes in flight of all ranks: oldest first, then by rank."""
        n = int(self._lib.distann_flying(self._network, population))
        back, ranks = np.empty(n, np.int32), np.empty(n, np.uint32)
        self._lib.distann_read_flying(self._network, population, pointer(back, np.int32), pointer(ranks, np.uint32))
        return back, ranks

    def set_flying(self, population: int, back: NDArray[np.int32], ranks: NDArray[np.uint32]) -> None:
        """Replace the spikes in flight of a population, on all ranks alike."""
        failed = self._lib.distann_write_flying(
            self._network, population, pointer(back, np.int32), pointer(ranks, np.uint32), len(back)
        )
        if failed:
            raise KernelError(self._message(), self.comm.rank)

    def past(self, published: int, longest: int, size: int) -> NDArray[Any]:
        """Return the last values of a published field, of all ranks: shape (longest, size), the last step first."""
        words = np.empty((longest, size * self.precision.word), np.uint8)
        self._lib.distann_read_past(self._network, published, pointer(words, np.uint8))
        return words

    def set_past(self, published: int, words: NDArray[np.uint8]) -> None:
        """Replace the last values of a published field, on all ranks alike."""
        self._lib.distann_write_past(self._network, published, pointer(words, np.uint8, writable=False))

    @property
    def packet(self) -> int:
        """Bytes that a rank has room for in an exchange."""
        return self._packets.capacity

    def _failure(self) -> KernelError:
        return KernelError(self._message(), int(self._lib.distann_failed_rank(self._network)))

    def _exchange(self) -> None:
        if not self._packets.exchange():
            raise self._failure()

    # ---- profile --------------------------------------------------------------------------------------------------

    def start_profile(self, kept: int) -> None:
        """Measure from now on where the time goes, and keep the first `kept` phases of each thread. Collective."""
        self._agree(-self._lib.distann_profile(self._network, kept))

    def profile(self, operations: int) -> tuple[NDArray[np.float64], NDArray[np.int64]]:
        """Return (seconds, calls) of this rank, shape (threads, operations and the phases of the engine)."""
        phases = operations + self.keeper.constant("DISTANN_MORE_PHASES")
        seconds, calls = np.zeros((self.threads, phases)), np.zeros((self.threads, phases), np.int64)
        self._lib.distann_read_profile(self._network, pointer(seconds, np.float64), pointer(calls, np.int64))
        return seconds, calls

    def kept_phases(self, thread: int) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.int32]]:
        """Return (begin, end, phase) of one thread's first phases, in seconds since the profile began."""
        n = int(self._lib.distann_profiled(self._network, thread))
        begin, end, phase = np.empty(n), np.empty(n), np.empty(n, np.int32)
        self._lib.distann_read_phases(
            self._network, thread, pointer(begin, np.float64), pointer(end, np.float64), pointer(phase, np.int32)
        )
        return begin, end, phase

    def events(self, projection: int) -> int:
        """Return how many spikes have arrived at synapses of a projection's bundle on this rank."""
        return int(self._lib.distann_events_of(self._network, projection))
