"""This rank's part of a network in the engine: every call of its C interface is made here."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from distann.build import Engine, pointer
from distann.codegen.ir import Axis
from distann.codegen.target import Precision
from distann.errors import KernelError
from distann.runtime.comm import Comm
from distann.runtime.packets import Packets
from distann.runtime.structs import Keeper

__all__ = ["Learning", "Part", "RuleSwitch"]


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


class Part:
    """The neurons and synapses of one rank.

    Parameters
    ----------
    engine : Engine
    settings : cdata
        ``distann_settings *``.
    precision : Precision
    comm : Comm
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
        self.keeper, self.comm, self.precision = Keeper(), comm, precision
        self._engine, self._lib, self.threads = engine, engine.library, int(settings.threads)
        network = self._lib.distann_network_new(settings)
        if network == self.keeper.ffi.NULL:
            raise KernelError("there is no memory for the network", comm.rank)
        self._network = self.keeper.ffi.gc(network, self._lib.distann_network_free)
        self._meeting = meeting
        self.changes = 0  # goes up with whatever may have changed a synapse
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

    def _agree(self, number: int) -> int:
        """All ranks fail when one has failed."""
        messages = self.comm.allgather(self._message() if number < 0 else "")
        for rank, message in enumerate(messages):
            if message:
                raise KernelError(message, rank)
        return number

    def _message(self) -> str:
        return str(self.keeper.ffi.string(self._lib.distann_message(self._network)).decode(errors="replace"))

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

    def set_learning(self, projection: int, learning: Learning) -> None:
        """Say whether and when the synapses of a projection change."""
        self._lib.distann_set_learning(
            self._network, projection, int(learning.plastic), int(learning.update), learning.period, learning.offset
        )

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

    # ---- synapses -------------------------------------------------------------------------------------------------

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

    # ---- recording ------------------------------------------------------------------------------------------------

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
