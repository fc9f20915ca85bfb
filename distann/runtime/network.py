"""The runtime part of a network: its populations and projections, compiled and advanced."""

from __future__ import annotations

import functools
import math
import secrets
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from distann.build import Engine, Kernels, Request, engine_request, functions_request, libraries
from distann.codegen.definitions import Definitions
from distann.codegen.driver import Generated, Wiring, generate
from distann.codegen.stopping import analyse_stop_condition
from distann.codegen.symbols import analyse_neuron, analyse_synapse
from distann.codegen.target import precision
from distann.codegen.vocabulary import FUNCTIONS, GLOBAL_OPERATIONS, RESERVED
from distann.errors import ConfigurationError, NotCompiledError
from distann.model import PopulationSpec, ProjectionSpec
from distann.model.arguments import number_of
from distann.runtime.checks import agree_on_structure, check_complete, check_sides, warn_of_delay
from distann.runtime.comm import Comm, SerialComm, TiledComm
from distann.runtime.config import Options
from distann.runtime.control import Control
from distann.runtime.definitions import function_texts
from distann.runtime.delays import delays_of
from distann.runtime.formula import has_formula
from distann.runtime.log import warn_once
from distann.runtime.projection import ProjectionState
from distann.runtime.simulation import Settings, Simulation
from distann.runtime.sources import Sources
from distann.runtime.startup import start
from distann.runtime.state import PopulationState, agree
from distann.runtime.structure import declare_changes
from distann.runtime.threads import default_threads, warn_if_pinned

__all__ = ["NetworkState", "global_options"]


@functools.cache
def global_options() -> Options:
    """Return the options that ``setup`` changes: those of the default network, and defaults of the others."""
    return Options()


class NetworkState:
    """What a network is made of, and its simulation once it is compiled.

    Parameters
    ----------
    options : Options
    comm : Comm, optional
        By default all ranks of the job.
    """

    def __init__(self, options: Options, comm: Comm | None = None) -> None:
        self.options = options
        self.comm = comm or start()
        self.populations: list[PopulationState] = []
        self.projections: list[ProjectionState] = []
        self.unconnected: dict[int, str] = {}  # projections whose connector has not been called, by identity
        self.on_compile: list[Callable[[Simulation], None]] = []
        self.on_reset: list[Callable[[], None]] = []
        self.sources = Sources()
        self.objects: dict[str, object] = {}  # populations that the script holds, by name
        self.connections: list[object] = []  # projections that the script holds
        self.monitors: list[Any] = []
        self.constants: dict[str, float] = {}
        self.constant_objects: list[object] = []
        self.control = Control(self)
        self._simulation: Simulation | None = None
        self._chosen_seed: int | None = None
        self._cleared = False

    # ---- structure ------------------------------------------------------------------------------------------------

    @property
    def seed(self) -> int:
        """Of all random numbers of the network; the same on all ranks."""
        if self.options.seed is not None:
            return self.options.seed
        # Not among the options: networks that are made later take those over, and choose for themselves.
        if self._chosen_seed is None:
            self._chosen_seed = self.comm.bcast(secrets.randbits(32))
        return self._chosen_seed

    def configure(self, **options: Any) -> None:
        """Change options, as long as nothing depends on them.

        Raises
        ------
        ConfigurationError, UnsupportedError
        """
        if not options:
            return
        if self.compiled:
            raise ConfigurationError("the network is compiled: set its options before compile().")
        for name in ("dt", "seed"):
            if name in options and self.populations:
                raise ConfigurationError(
                    f"the network has populations that depend on '{name}' already: set it before they are created."
                )
        self.options.update(**options)

    @property
    def compiled(self) -> bool:
        """Whether `compile` has been called."""
        return self._simulation is not None

    @property
    def simulation(self) -> Simulation:
        """The compiled network.

        Raises
        ------
        NotCompiledError
        """
        return self.simulation_for("running a network")

    def simulation_for(self, action: str) -> Simulation:
        """Return the compiled network, which `action` needs.

        Raises
        ------
        NotCompiledError
        """
        if self._cleared:
            raise ConfigurationError(f"{action} needs a network, but this one has been cleared: make another one.")
        if self._simulation is None:
            raise NotCompiledError(action)
        return self._simulation

    @property
    def definitions(self) -> Definitions:
        """What the texts of models can name besides their own."""
        return Definitions(function_texts(), tuple(self.constants))

    def add_constant(self, name: str, value: float) -> None:
        """Take in a constant.

        Raises
        ------
        ConfigurationError
        """
        self._refuse_after_compile("constant")
        if not isinstance(name, str) or not name.isascii() or not name.isidentifier():
            raise ConfigurationError(f"a constant is called by a name of letters, digits and _; got {name!r}.")
        if name in RESERVED or name in FUNCTIONS or name in GLOBAL_OPERATIONS:
            raise ConfigurationError(f"'{name}' is a reserved name: choose another one for the constant.")
        if name in self.constants:
            raise ConfigurationError(f"there is a constant '{name}' already: change it by its set().")
        self.constants[name] = number_of(value, f"constant '{name}'")

    def set_constant(self, name: str, value: float) -> None:
        """Change a constant; collective.

        Raises
        ------
        ConfigurationError, DivergenceError
        """
        number = number_of(value, f"constant '{name}'")
        agree(self.comm, name, np.asarray(number))
        self.constants[name] = number
        for population in self.populations:
            population.set_constant(name, number)
        for projection in self.projections:
            projection.set_constant(name, number)

    def add_population(self, spec: PopulationSpec) -> PopulationState:
        """Check a population and take it in.

        Raises
        ------
        EquationError, ConfigurationError
        """
        self._refuse_after_compile("population")
        model = analyse_neuron(spec.neuron, self.definitions)
        if any(state.spec.name == spec.name for state in self.populations):
            raise ConfigurationError(f"there is a population '{spec.name}' already: give each its own name.")
        stop = None
        if spec.stop_condition is not None:
            own = spec.neuron.functions or ""
            stop = analyse_stop_condition(spec.stop_condition, model, self.definitions, own)
        number, dt = len(self.populations), self.options.dt
        state = PopulationState(spec, model, stop, self.comm, self.seed, dt, number, self.constants)
        self.populations.append(state)
        return state

    def free_name(self, kind: str) -> str:
        """Return the first of ``pop0``, ``pop1``... that no population has."""
        taken = {state.spec.name for state in self.populations}
        return next(name for name in (f"{kind}{n}" for n in range(len(taken) + 1)) if name not in taken)

    def remove_population(self, state: PopulationState) -> None:
        """Take out a population that nothing is connected to yet.

        Raises
        ------
        ConfigurationError
            When a projection reaches it.
        """
        sides = (side for p in self.projections for side in (p.spec.pre, p.spec.post))
        # Those behind it change their numbers.
        if self.unconnected or any(side.population >= state.number for side in sides):
            raise ConfigurationError(
                f"population '{state.spec.name}' is connected in its network already: it cannot move to another one."
            )
        self.populations.remove(state)
        for number, other in enumerate(self.populations):
            other.number = number
        self.objects.pop(state.spec.name, None)

    def add_projection(self, spec: ProjectionSpec) -> ProjectionState:
        """Check a projection and take it in.

        Raises
        ------
        EquationError, ConfigurationError
        """
        self._refuse_after_compile("projection")
        shared = frozenset({"w"}) if spec.shared_weight else frozenset[str]()
        model = analyse_synapse(spec.synapse, shared, self.definitions)
        check_sides(spec, self.populations)
        state = ProjectionState(
            spec, model, self.comm, self.seed, len(self.projections), self.options.dt, self.constants
        )
        declare_changes(state, self.options.structural_plasticity)
        warn_of_delay(state.spec, self.options.dt)
        self.projections.append(state)
        return state

    def _refuse_after_compile(self, what: str) -> None:
        if self._cleared:
            raise ConfigurationError("this network has been cleared: make another one.")
        if self.compiled:
            raise ConfigurationError(f"the network is compiled: create every {what} before compile().")

    def uniform_delay(self, spec: ProjectionSpec) -> float | None:
        """Return the delay in ms, as it is applied, that all synapses of a projection have, or None."""
        delays = delays_of(spec, self.options.dt)
        return delays.shortest * self.options.dt if delays.uniform else None

    # ---- compiling ------------------------------------------------------------------------------------------------

    def compile(
        self, *, directory: Path | None = None, clean: bool = False, compiler_flags: tuple[str, ...] = ()
    ) -> None:
        """Generate, build and load the kernels, and construct this rank's part of the network; collective.

        Parameters
        ----------
        directory : Path, optional
            Where to keep the generated source as well.
        clean : bool
            Ignore the cache.
        compiler_flags : tuple of str
            After distann's own.
        """
        if self.compiled:
            warn_once("the network is compiled already: the second compile() is passed over.")
            return
        check_complete(self.populations, list(self.unconnected.values()), self.projections, self.options)
        agree_on_structure(self.comm, self.populations, self.projections, (self.options, self.seed, self.constants))
        threads = self.options.num_threads or default_threads(self.comm)
        warn_if_pinned(threads, self.comm)
        generated = self.generate()
        # A rank that is pretended has no rank 0 that would compile for it.
        builders = SerialComm() if isinstance(self.comm, TiledComm) else self.comm
        requests = [engine_request(), Request(generated.source.name, generated.source.text)]
        if any(has_formula(state.spec) for state in self.projections):
            requests.append(functions_request())
        engine, *kernels = libraries(
            requests, builders, ignore_cache=clean, keep_source=directory, compiler_flags=compiler_flags
        )
        settings = Settings(self.options.dt, self.seed, threads, precision(self.options.dtype))
        self._build(settings, generated, Engine(engine), Kernels(*kernels))
        for call in self.on_compile:
            call(self.simulation)

    def _build(self, settings: Settings, generated: Generated, engine: Engine, kernels: Kernels) -> None:
        self._simulation = Simulation(
            settings, generated, self.populations, self.projections, self.comm, engine, kernels, self.sources
        )

    def clear(self) -> None:
        """Give up everything."""
        self._simulation, self._cleared = None, True
        for kept in (self.populations, self.projections, self.connections, self.monitors):
            kept.clear()
        for hooks in (self.on_compile, self.on_reset):
            hooks.clear()
        self.objects.clear()
        self.control = Control(self)

    def adopt_seed(self, seed: int) -> None:
        """Construct the compiled network anew, as if it had had this seed from the beginning; collective."""
        old = self.simulation
        self._chosen_seed, self._simulation = seed, None  # the old part is given back first: both may not fit
        for state in self.populations:
            state.seed = seed
        for projection in self.projections:
            projection.seed = seed
        settings, generated = replace(old.settings, seed=seed), old.generated
        engine, kernels = old.engine, old.kernels
        del old
        self._build(settings, generated, engine, kernels)
        for monitor in self.monitors:
            monitor.attach(self.simulation)

    def generate(self) -> Generated:
        """Return the source of the kernels and the plan to bind it; compiles nothing."""
        for projection in self.projections:
            declare_changes(projection, self.options.structural_plasticity)
        wirings = [
            Wiring(
                state.spec.pre.population, state.spec.post.population, state.spec.targets, state.spec.synapse,
                state.shared, state.spec.changeable,
            )
            for state in self.projections
        ]  # fmt: skip
        neurons = [state.spec.neuron for state in self.populations]
        stops = [state.spec.stop_condition for state in self.populations]
        return generate(
            neurons, wirings, precision=self.options.dtype, method=self.options.method, stops=stops,
            definitions=self.definitions,
        )  # fmt: skip

    # ---- running --------------------------------------------------------------------------------------------------

    def reset(self, populations: bool = True, projections: bool = False, synapses: bool = False) -> None:
        """Go back to step 0 and to the initial values; collective."""
        simulation = self.simulation_for("reset()")
        if populations:
            for state in self.populations:
                state.reset()
        if projections or synapses:
            for projection in self.projections:
                projection.reset(weights=synapses, connectivity=synapses)
        simulation.reset()
        self.control.reset()

    def set_step(self, step: int) -> None:
        """Set the clock; what is in flight keeps its age."""
        simulation = self.simulation_for("setting the time")
        if isinstance(step, bool) or not isinstance(step, int | np.integer) or not 0 <= step < 2**53:
            raise ConfigurationError(f"a step is an integer, 0 or more; got {step!r}.")
        simulation.part.step = int(step)

    def switch(self) -> None:
        """Let the compiled network know which populations and projections are on."""
        if self._simulation is not None:
            self._simulation.switch()

    def whole_steps(self, name: str, duration: Any) -> int:
        """Return a duration in steps.

        Raises
        ------
        ConfigurationError
            When it is not a multiple of dt; `name` says what it is.
        """
        steps = duration / self.options.dt if isinstance(duration, int | float | np.number) else math.nan
        if not math.isfinite(steps) or abs(steps - round(steps)) > 1e-6:
            raise ConfigurationError(
                f"'{name}' is a multiple of dt = {self.options.dt:g} ms; got {duration!r}."
            )
        return round(steps)

    @property
    def time(self) -> float:
        """Present time, ms."""
        return self.step * self.options.dt

    @property
    def step(self) -> int:
        """Steps done."""
        return self._simulation.step if self._simulation is not None else 0
