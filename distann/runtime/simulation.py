"""A compiled network: this rank's part of it in the engine, advanced window by window."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from distann.build import Engine, Kernels
from distann.codegen.driver import Generated
from distann.codegen.ir import Axis, Field, Kernel, Role
from distann.codegen.target import Precision
from distann.errors import ConfigurationError
from distann.runtime.arrays import Inputs, Layout, word_of
from distann.runtime.bundles import bundled, program_of
from distann.runtime.comm import Comm
from distann.runtime.connect import Connection, describe
from distann.runtime.delays import delay_steps, delays_of
from distann.runtime.engine import Part
from distann.runtime.interrupts import Interrupts
from distann.runtime.partition import Partition, partition
from distann.runtime.profile import KEPT, Profile, Timeline, gathered
from distann.runtime.projection import ProjectionState
from distann.runtime.sources import Sources
from distann.runtime.state import PopulationState
from distann.runtime.streams import Streams
from distann.runtime.structs import POPULATIONS, Keeper, stream
from distann.runtime.structure import made_by_rule
from distann.runtime.threads import crowded

__all__ = ["Settings", "Simulation"]

LONGEST_WINDOW = 256  # steps, where no connection asks for an exchange earlier: memory and Ctrl-C do not wait longer
AXONAL_DRAWS = 128  # of a population's stream: those of axonal resets count from here
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
    sources : Sources
        What gives values to populations in between.
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
        sources: Sources,
    ) -> None:
        self.settings, self.generated, self.comm = settings, generated, comm
        self.populations, self.projections = populations, projections
        self.engine, self.kernels = engine, kernels
        self._delays = [delays_of(state.spec, settings.dt) for state in projections]
        self._meeting = any(operation.kind == "meet" for operation in generated.program.operations)
        # Where neurons or synapses read what all neurons have become, a window is one step.
        limit = 1 if self._meeting or generated.program.reductions else LONGEST_WINDOW
        measured = {p.number: delay_steps(p.rate_window, settings.dt) for p in populations if p.rate_window is not None}
        self.window = min([limit, *(delays.shortest for delays in self._delays), *measured.values()])
        self.longest = max([self.window, *(delays.memory for delays in self._delays), *measured.values()])
        self.part = Part(engine, self._describe_settings(), settings.precision, comm, self._meeting)
        self.axons = self._add_populations()
        self._conditions = {
            state.number: self._add_condition(state, kernel)
            for state, kernel in zip(populations, generated.stops, strict=True)
            if state.stop is not None
        }
        for number, steps in measured.items():
            self.part.measure_rate(number, populations[number].arrays["r"], steps)
        self._watching = False
        self.streams, self.sources = Streams(comm), sources
        self._kept: list[Keeper] = []  # descriptions of projections whose synapses come and go
        self.published = self._publish()
        for projection, model in zip(projections, generated.synapses, strict=True):
            projection.model = model
        bundles = bundled(projections, generated.transmissions, self._delays)
        for bundle in bundles:
            self._add_bundle(bundle)
        self._program = program_of(generated.program.operations, bundles)
        self.part.set_program(self._program)
        self.bundles = bundles
        self._profiled = False
        self._events_before = 0
        self._timeline: Timeline | None = None
        self.switch()
        self._refresh(everywhere=True)

    # ---- building -------------------------------------------------------------------------------------------------

    def _describe_settings(self) -> Any:
        keeper = Keeper()
        s = keeper.new("distann_settings *")
        s.abi, s.word = keeper.constant("DISTANN_ABI"), self.settings.precision.word
        s.ranks, s.rank, s.threads = self.comm.size, self.comm.rank, self.settings.threads
        s.window, s.longest = self.window, self.longest
        s.crowded = int(crowded(self.settings.threads, self.comm))
        s.dt, s.seed = self.settings.dt, self.settings.seed
        return s

    def _add_populations(self) -> dict[int, int]:
        """Add all populations; return the numbers of those of axonal spikes, by population.

        Axonal spikes are those of a population of its own, with the same neurons.
        """
        generated, precision = self.generated, self.settings.precision
        sizes = (p.spec.size for p in self.populations)
        cuts = [partition(size, self.comm.size, self.comm.rank, self.settings.threads) for size in sizes]
        inputs = Inputs(precision, cuts)
        for state, neuron, kernel, cut in zip(
            self.populations, generated.neurons, generated.updates, cuts, strict=True
        ):
            state.model = neuron  # with what synapses ask of the whole population
            state.allocate(Layout(precision, cut), inputs)
            self._add_population(state, kernel, cut)
        axons: dict[int, int] = {}
        for state, kernel in zip(self.populations, generated.axons, strict=True):
            if kernel is not None:
                axons[state.number] = len(self.populations) + len(axons)
                self._add_axons(state, kernel, cuts[state.number])
        return axons

    def _publish(self) -> dict[tuple[int, str], int]:
        """Let others read what they ask for; return its numbers by population and name."""
        program, populations = self.generated.program, self.populations
        published = {
            (number, name): self.part.publish(number, populations[number].arrays[name])
            for number, name in program.published
        }
        for number, reduction in program.reductions:
            arrays = populations[number].arrays
            reduced, into = arrays[reduction.variable], arrays[reduction.name]
            self.part.add_reduction(published[number, reduction.variable], reduced, reduction.operation, into)
        return published

    def _add_population(self, state: PopulationState, kernel: Kernel | None, cut: Partition) -> None:
        keeper = self.part.keeper
        c = self._described(state, kernel, cut)
        c.spiking, c.stream = int(state.model.spike is not None), stream(POPULATIONS, state.number)
        if state.replayed is not None:
            c.kernel = self.engine.replay_spikes
            arrays, axes = [state.replayed.attach(cut, self.settings.dt)], [keeper.constant("DISTANN_NEURON")]
            c.n_fields, c.fields, c.axes = 1, keeper.new("void *[]", arrays), keeper.new("int32_t[]", axes)
        inputs = [f for f in state.model.fields if f.role is Role.INPUT and not state.model.spiking]
        cleared = [keeper.pointer(state.arrays[field.name], writable=True) for field in inputs]
        c.n_cleared, c.cleared = len(cleared), keeper.new("void *[]", cleared or 1)
        self.part.add_population(c)
        for name, timetable in state.played.items():
            field = state.field(name)
            given = timetable.attach(field, self._layout(state), self.settings.dt)
            self.part.play(state.number, state.arrays[name], field.axis, given)

    def _add_axons(self, state: PopulationState, kernel: Kernel, cut: Partition) -> None:
        c = self._described(state, kernel, cut)
        c.spiking, c.stream = 1, stream(POPULATIONS, state.number, AXONAL_DRAWS)
        self.part.add_population(c)

    def _described(self, state: PopulationState, kernel: Kernel | None, cut: Partition) -> Any:
        """Return a ``distann_population *`` with its size and what its kernel works on."""
        c = self.part.keeper.new("distann_population *")
        c.size, c.first = state.spec.size, self.part.keeper.pointer(cut.first)
        self._bind(c, state, kernel, writable=True)
        return c

    def _add_condition(self, state: PopulationState, kernel: Kernel | None) -> int:
        c = self.part.keeper.new("distann_condition *")
        c.population, c.all = state.number, int(state.stop is not None and state.stop.every)
        self._bind(c, state, kernel, writable=False)
        return self.part.add_condition(c)

    def _bind(self, c: Any, state: PopulationState, kernel: Kernel | None, writable: bool) -> None:
        """Let a description have a kernel, and the arrays of the population that it works on."""
        keeper, fields = self.part.keeper, kernel.fields if kernel else ()
        if kernel:
            c.kernel = self.kernels[kernel.name].function
        arrays = [keeper.pointer(state.arrays[field.name], writable=writable) for field in fields]
        axes = [keeper.constant(f"DISTANN_{field.axis.name}") for field in fields]
        c.n_fields, c.fields = len(arrays), keeper.new("void *[]", arrays or 1)
        c.axes = keeper.new("int32_t[]", axes or 1)

    def _add_bundle(self, bundle: list[ProjectionState]) -> None:
        # The engine reads most descriptions during the call only; the states keep the arrays that synapses share.
        keeper = Keeper()
        if bundle[0].spec.changeable:
            self._kept.append(keeper)
        c = keeper.new("distann_projection[]", len(bundle))
        for position, state in enumerate(bundle):
            describe(keeper, c[position], self._connection(state))
        first = self.part.add_projections(c, len(bundle))
        for position, state in enumerate(bundle):
            layout, kernels = self._post_layout(state), self.generated.transmissions[state.number]
            state.attach(self.part, first + position, kernels, layout.partition, self.settings.dt)

    def _post_layout(self, state: ProjectionState) -> Layout:
        return self._layout(self.populations[state.spec.post.population])

    @staticmethod
    def _layout(state: PopulationState) -> Layout:
        assert state.layout is not None
        return state.layout

    def _connection(self, state: ProjectionState) -> Connection:
        layout = self._post_layout(state)
        for field in state.model.fields:
            if field.axis in (Axis.OBJECT, Axis.NEURON):
                state.own[field.name] = layout.allocate(field)
                layout.fill(state.own[field.name], field, state.initial_value(field))
        return Connection(
            state.spec, state.number, self.generated.transmissions[state.number], self.kernels, self.populations,
            self.published, state.own, state.initial_values(), self._delays[state.number],
            self.axons.get(state.spec.pre.population, -1), self._meeting, made_by_rule(state),
        )  # fmt: skip

    # ---- running --------------------------------------------------------------------------------------------------

    def word(self, field: Field) -> np.dtype[Any]:
        """Return the type of a field's words."""
        return word_of(self.settings.precision, field)

    @property
    def step(self) -> int:
        """Steps done; the time is ``step * dt``."""
        return self.part.step

    def advance(
        self,
        steps: int,
        progress: Callable[[int], None] | None = None,
        interrupts: Interrupts | None = None,
        ends: bool = True,
    ) -> int:
        """Run `steps` steps, fewer if a watched condition is met or a signal comes. Collective.

        Parameters
        ----------
        steps : int
        progress : callable, optional
            Told now and then how many steps are done.
        interrupts : Interrupts, optional
            Takes signals.
        ends : bool
            Whether the run is over then: readers of recordings in files are to see all of it.

        Returns
        -------
        int
            Bits of the signals that have ended the run after a whole window; the same on all ranks.

        Raises
        ------
        KernelError
            On every rank, when the engine failed on one.
        """
        self._refresh(everywhere=False)
        first, done = self.part.step, 0
        while done < steps:
            # Without a refresh: what a source has in this step arrives in the next, as from any population.
            self.sources.call(first + done)
            if interrupts is not None and self.comm.size > 1:
                self.part.say(interrupts.taken())
            self.part.advance(self._room(first + done, steps - done), SECONDS_A_CALL)
            done = self.part.step - first
            if progress is not None:
                progress(done)
            if self._timeline is not None and done == steps:
                self._timeline.write(self.part, self._phases())
            if self._watching and self.part.stopped:
                self.streams.advanced(first + done, ended=True)
                break
            word = 0
            if interrupts is not None:
                word = self.part.heard() if self.comm.size > 1 else interrupts.taken()
            self.streams.advanced(first + done, ended=bool(word) or (ends and done == steps))
            if word:
                return word
        return 0

    def _room(self, step: int, size: int) -> int:
        return self.sources.room(step, self.streams.room(size))

    def watch(self, conditions: Sequence[int], all_of_them: bool) -> None:
        """Let `advance` end when the stop conditions of these populations are met, all or one; none: run on."""
        self.part.watch([self._conditions[number] for number in conditions], all_of_them)
        self._watching = bool(conditions)

    @property
    def stopped(self) -> bool:
        """Whether the watched conditions were met."""
        return self.part.stopped

    def switch(self) -> None:
        """Let the engine know which populations are enabled, and which projections transmit."""
        for state in self.populations:
            for number in self.emitters(state.number):
                self.part.switch_population(number, state.enabled)
        for projection in self.projections:
            on = projection.transmission and self.populations[projection.spec.post.population].enabled
            self.part.switch_projection(projection.built.number, on, projection.axon_transmission)
            self.part.set_learning(projection.built.number, projection.learning)
            if projection.spec.changeable:
                self.part.set_rules(projection.built.number, *projection.rules)

    def emitters(self, population: int) -> list[int]:
        """Return the engine's numbers of a population and, if they emit spikes of their own, of its axons."""
        return [population, *([self.axons[population]] if population in self.axons else [])]

    # ---- profile --------------------------------------------------------------------------------------------------

    def start_profile(self, timeline: Path | None = None) -> None:
        """Measure from now on where the time goes; with a path, write the first phases one by one. Collective."""
        self.part.start_profile(KEPT if timeline else 0)
        self._profiled, self._events_before = True, self._events()
        self._timeline = Timeline(timeline, self.comm) if timeline else None

    def profile(self) -> Profile:
        """Return where the time went; collective.

        Raises
        ------
        ConfigurationError
            When nothing was measured.
        """
        if not self._profiled:
            raise ConfigurationError("nothing was measured: call compile(profile_enabled=True) before simulate().")
        seconds, calls = self.part.profile(len(self._program))
        neurons = sum(state.spec.size for state in self.populations)
        steps = int(calls[0, : len(self._program)].max(initial=0))
        return gathered(
            self.comm, self._phases(), seconds, calls, self._events() - self._events_before, neurons, steps,
            self.settings.dt,
        )  # fmt: skip

    def _events(self) -> int:
        return sum(self.part.events(bundle[0].built.number) for bundle in self.bundles)

    def _phases(self) -> list[str]:
        """Names of the operations."""
        names = {"transmit": [" + ".join(state.spec.name for state in bundle) for bundle in self.bundles]}
        names["learn"] = names["restructure"] = names["transmit"]
        names["clear"] = [state.spec.name for state in self.populations]
        names["update"] = names["clear"] + [f"axons of {names['clear'][number]}" for number in self.axons]
        return [f"{kind} {names[kind][number]}" if kind in names else kind for kind, number in self._program]

    def reset(self) -> None:
        """Go back to step 0: no spikes in flight, the past filled with the present values; collective."""
        self.part.forget_spikes()
        self.part.step = 0
        self._refresh(everywhere=True)

    def forget(self, population: int) -> None:
        """Take back a population's spikes in flight; the past of its values becomes the present; collective."""
        for number in self.emitters(population):
            self.part.set_flying(number, np.empty(0, np.int32), np.empty(0, np.uint32))
        state = self.populations[population]
        assert state.layout is not None
        for (number, name), field in self.published.items():
            if number == population:
                now = self.comm.gather_array(state.arrays[name][: state.layout.partition.local])
                self.part.set_past(field, np.tile(now.view(np.uint8), (self.longest, 1)))

    def _refresh(self, everywhere: bool) -> None:
        if self.published:
            self.part.refresh(everywhere)
