"""A compiled network: this rank's part of it in the engine, advanced window by window."""

from __future__ import annotations

import math
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from distann.build import Engine, Kernels
from distann.codegen.driver import Generated
from distann.codegen.ir import Axis, Kernel, Role
from distann.codegen.target import Precision
from distann.runtime.arrays import Layout
from distann.runtime.comm import Comm
from distann.runtime.connect import Connection, describe
from distann.runtime.engine import Part
from distann.runtime.partition import partition
from distann.runtime.projection import ProjectionState
from distann.runtime.state import PopulationState
from distann.runtime.structs import POPULATIONS, Keeper, stream

__all__ = ["Settings", "Simulation", "delay_steps"]

LONGEST_WINDOW = 256  # steps, where no connection asks for an exchange earlier: memory and Ctrl-C do not wait longer
SECONDS_A_CALL = 0.1  # between two looks at Ctrl-C and the progress bar


@dataclass(frozen=True, slots=True)
class Settings:
    """How a network runs.

    Attributes
    ----------
    dt : float
        Step, ms.
    seed : int
    threads : int
        A rank.
    precision : Precision
    """

    dt: float
    seed: int
    threads: int
    precision: Precision


def delay_steps(delay: float, dt: float) -> int:
    """Return a delay in steps: rounded half up, at least one. A half is one up to the rounding of the division."""
    return max(1, math.floor(delay / dt + 0.5 + 1e-9))


class Simulation:
    """The network on this rank.

    Parameters
    ----------
    settings : Settings
    generated : Generated
    populations : list of PopulationState
    projections : list of ProjectionState
    comm : Comm
    engine : Engine
    kernels : Kernels
    """

    def __init__(
        self,
        settings: Settings,
        generated: Generated,
        populations: list[PopulationState],
        projections: list[ProjectionState],
        comm: Comm,
        engine: Engine,
        kernels: Kernels,
    ) -> None:
        self.settings, self.generated, self.comm = settings, generated, comm
        self.populations, self.projections = populations, projections
        self._engine, self._kernels = engine, kernels
        self._delays = [delay_steps(state.spec.delay, settings.dt) for state in projections]
        self.window = min([LONGEST_WINDOW, *self._delays])
        self.part = Part(engine, self._describe_settings(), settings.precision, comm)
        for state, kernel in zip(populations, generated.updates, strict=True):
            self._add_population(state, kernel)
        self._published = {
            (number, name): self.part.publish(number, populations[number].arrays[name])
            for number, name in generated.program.published
        }
        for projection in projections:
            self._add_projection(projection)
        self.part.set_program([(operation.kind, operation.number) for operation in generated.program.operations])
        self._refresh(everywhere=True)

    # ---- building -------------------------------------------------------------------------------------------------

    def _describe_settings(self) -> Any:
        keeper = Keeper()
        s = keeper.new("distann_settings *")
        s.abi, s.word = keeper.constant("DISTANN_ABI"), self.settings.precision.word
        s.ranks, s.rank, s.threads = self.comm.size, self.comm.rank, self.settings.threads
        s.window, s.longest = self.window, max([self.window, *self._delays])
        s.dt, s.seed = self.settings.dt, self.settings.seed
        return s

    def _add_population(self, state: PopulationState, kernel: Kernel | None) -> None:
        keeper = self.part.keeper
        cut = partition(state.spec.size, self.comm.size, self.comm.rank, self.settings.threads)
        state.allocate(Layout(self.settings.precision, cut))
        c = keeper.new("distann_population *")
        c.size, c.first = state.spec.size, keeper.pointer(cut.first)
        c.spiking, c.stream = int(state.model.spiking), stream(POPULATIONS, state.number)
        fields = kernel.fields if kernel else ()
        if kernel:
            c.kernel = self._kernels[kernel.name].function
        arrays = [keeper.pointer(state.arrays[field.name], writable=True) for field in fields]
        axes = [keeper.constant(f"DISTANN_{field.axis.name}") for field in fields]
        if state.replayed is not None:
            c.kernel = self._engine.replay_spikes
            arrays = [keeper.pointer(array) for array in state.replayed.arrays(cut, self.settings.dt)]
            axes = [keeper.constant("DISTANN_NEURON")] * len(arrays)
        inputs = [f for f in state.model.fields if f.role is Role.INPUT and not state.model.spiking]
        cleared = [keeper.pointer(state.arrays[field.name], writable=True) for field in inputs]
        c.n_fields, c.fields = len(arrays), keeper.new("void *[]", arrays or 1)
        c.axes = keeper.new("int32_t[]", axes or 1)
        c.n_cleared, c.cleared = len(cleared), keeper.new("void *[]", cleared or 1)
        self.part.add_population(c)

    def _add_projection(self, state: ProjectionState) -> None:
        layout = self.populations[state.spec.post.population].layout
        assert layout is not None
        for field in state.model.fields:
            if field.axis is not Axis.SYNAPSE:
                state.own[field.name] = layout.allocate(field)
                layout.fill(state.own[field.name], field, state.initial[field.name])
        kernel = self.generated.transmissions[state.number]
        connection = Connection(
            state.spec, state.number, kernel, self._kernels[kernel.name], self.populations, self._published,
            state.own, state.initial, self._delays[state.number],
        )  # fmt: skip
        # The engine reads the description during the call only; `state` keeps the arrays that synapses share.
        description = Keeper()
        self.part.add_projection(describe(description, connection))
        state.attach(self.part, kernel, layout.partition)

    # ---- running --------------------------------------------------------------------------------------------------

    @property
    def step(self) -> int:
        """Steps done; the time is ``step * dt``."""
        return self.part.step

    def advance(self, steps: int, progress: Callable[[int], None] | None = None) -> None:
        """Run `steps` steps. Collective.

        Parameters
        ----------
        steps : int
        progress : callable, optional
            Told now and then how many steps are done.

        Raises
        ------
        KernelError
            On every rank, when the engine failed on one.
        """
        self._refresh(everywhere=False)
        done, size = 0, self.window
        while done < steps:
            size, begin = min(size, steps - done), time.perf_counter()
            self.part.advance(size)
            done += size
            if progress is not None:
                progress(done)
            if self.comm.size == 1:  # otherwise a window is as far as a rank can go alone
                spent = max(time.perf_counter() - begin, 1e-6)
                size = max(self.window, int(size * min(4.0, SECONDS_A_CALL / spent)))

    def reset(self) -> None:
        """Go back to step 0: no spikes in flight, the past filled with the present values; collective."""
        self.part.forget_spikes()
        self.part.step = 0
        self._refresh(everywhere=True)

    def _refresh(self, everywhere: bool) -> None:
        if self._published:
            self.part.refresh(everywhere)
