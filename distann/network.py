"""Networks: what a script makes, connects, compiles and runs."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any, Protocol, TypeVar

import numpy as np

from distann.constants import Constant
from distann.errors import ConfigurationError, closest
from distann.io import checkpoint as saving
from distann.model import Neuron, Synapse
from distann.model.arguments import number_of
from distann.monitor import Monitor
from distann.population import Population
from distann.projection import Projection
from distann.recorded import Recordable
from distann.runtime.control import plan_of
from distann.runtime.network import NetworkState, global_options
from distann.runtime.profile import Profile
from distann.runtime.session import default_network
from distann.view import PopulationView

__all__ = ["Network", "magic_network"]


class Network:
    """A network with its own clock, seed and simulation.

    Parameters
    ----------
    dt : float, optional
        Step, ms; by default that of ``setup``.
    seed : int, optional
        Of all its random numbers; by default that of ``setup``, else chosen, equal on all ranks.

    Examples
    --------
    >>> net = Network(dt=0.1, seed=42)
    >>> pop = net.create(100, IF_curr_exp)
    >>> net.connect(pop, pop, target="exc").fixed_probability(0.1, weights=1.0)
    >>> m = net.monitor(pop, ["spike"])
    >>> net.compile()
    >>> net.simulate(1000.0)
    """

    def __init__(self, dt: float | None = None, seed: int | None = None) -> None:
        options = replace(global_options())
        options.update(**{name: value for name, value in (("dt", dt), ("seed", seed)) if value is not None})
        self._state = NetworkState(options)

    @classmethod
    def _around(cls, state: NetworkState) -> Network:
        network = cls.__new__(cls)
        network._state = state
        return network

    # ---- structure ------------------------------------------------------------------------------------------------

    def create(
        self,
        geometry: int | tuple[int, ...] | Population | None = None,
        neuron: Neuron | type[Neuron] | None = None,
        stop_condition: str | None = None,
        name: str | None = None,
        population: Population | None = None,
        storage_order: str = "post_to_pre",
    ) -> Population:
        """Add a population.

        Parameters
        ----------
        geometry : int, tuple of int, or Population
        neuron : Neuron or type of Neuron
        name : str, optional
        population : Population, optional
            A ready one, such as ``PoissonPopulation(100, rates=10.0)``: a copy in this network is returned.
        stop_condition : str, optional
            What ends `simulate_until`, such as ``"v > 0.0 : any"``; see `Population`.
        storage_order : str
            A hint that never changes results.
        """
        if isinstance(geometry, Population):
            geometry, population = None, geometry
        if population is not None:
            return population._move_to(self._state, name)
        if geometry is None or neuron is None:
            raise ConfigurationError("create() needs a geometry and a neuron, or a ready population.")
        return Population._in(self._state, geometry, neuron, name, stop_condition)

    def connect(
        self,
        pre: Population | PopulationView | str,
        post: Population | PopulationView | str,
        target: str | Sequence[str] = "",
        synapse: Synapse | type[Synapse] | None = None,
        name: str | None = None,
        disable_omp: bool = True,
    ) -> Projection:
        """Add a projection; call one of its connectors.

        Parameters
        ----------
        pre, post : Population, PopulationView, or name of a population
        target : str or list of str
        synapse : Synapse or type of Synapse, optional
        name : str, optional
        disable_omp : bool
            Accepted for compatibility.
        """
        sides = [self.get_population(side) if isinstance(side, str) else side for side in (pre, post)]
        return Projection(sides[0], sides[1], target, synapse, name)

    def monitor(
        self,
        obj: Recordable,
        variables: str | Sequence[str] = (),
        period: float | None = None,
        period_offset: float | None = None,
        start: bool = True,
        name: str | None = None,
    ) -> Monitor:
        """Add a monitor. Parameters are those of `Monitor`."""
        return Monitor(obj, variables, period, period_offset, start, name)

    def constant(self, name: str, value: float) -> Constant:
        """Add a constant, which the equations of this network's models can name.

        Parameters
        ----------
        name : str
        value : float

        Raises
        ------
        ConfigurationError
            When the name is taken or none, or the value not a finite number.
        """
        return Constant._in(self._state, name, value)

    def get_constant(self, name: str) -> Constant:
        """Return the constant of that name; a `ConfigurationError` if there is none."""
        return _named("constant", name, self.get_constants())

    def get_constants(self) -> list[Constant]:
        """Return all constants, in the order of their definition."""
        return [constant for constant in self._state.constant_objects if isinstance(constant, Constant)]

    # ---- what there is --------------------------------------------------------------------------------------------

    def get_population(self, name: str) -> Population:
        """Return the population of that name; a `ConfigurationError` if there is none."""
        return _named("population", name, self.get_populations())

    def get_projection(self, name: str) -> Projection:
        """Return the projection of that name; a `ConfigurationError` if there is none."""
        return _named("projection", name, self.get_projections())

    def get_monitor(self, name: str) -> Monitor:
        """Return the monitor of that name; a `ConfigurationError` if there is none."""
        return _named("monitor", name, [monitor for monitor in self.get_monitors() if monitor.name])

    def get_populations(self) -> list[Population]:
        """Return all populations, in the order of creation."""
        return [population for population in self._state.objects.values() if isinstance(population, Population)]

    def get_projections(
        self,
        post: Population | PopulationView | str | None = None,
        pre: Population | PopulationView | str | None = None,
        target: str | None = None,
        suppress_error: bool = True,
    ) -> list[Projection]:
        """Return the projections in the order of creation: all, or those with these sides and this target.

        Parameters
        ----------
        post, pre : Population, PopulationView, or name of a population
            Of a view, the projections onto, or from, any part of its population.
        target : str, optional
        suppress_error : bool
            Return an empty list where there are none; else a `ConfigurationError`.
        """
        ends = [None if end is None else self.get_population(_name_of(end)).name for end in (post, pre)]
        found = [
            projection
            for projection in self._state.connections
            if isinstance(projection, Projection)
            and ends[0] in (None, projection.post.name)
            and ends[1] in (None, projection.pre.name)
            and (target is None or target in np.atleast_1d(projection.target))
        ]
        if not found and not suppress_error:
            raise ConfigurationError("there is no such projection.")
        return found

    def get_monitors(self, obj: Recordable | None = None) -> list[Monitor]:
        """Return all monitors, in the order of creation, or those of one object."""
        return [monitor for monitor in self._state.monitors if obj is None or monitor.object is obj]

    # ---- running --------------------------------------------------------------------------------------------------

    def compile(
        self,
        directory: str | None = None,
        clean: bool = False,
        compiler: str = "default",
        compiler_flags: str = "default",
        profile_enabled: bool = False,
        **hints: Any,
    ) -> None:
        """Generate and build the kernels, and construct the network; collective.

        Parameters
        ----------
        directory : str, optional
            Keep the generated source there as well. Nothing is written into the working directory otherwise.
        clean : bool
            Compile even what the cache holds.
        compiler : str
            Accepted for compatibility; the compiler is ``$CXX``, else ``g++``, else ``clang++``.
        compiler_flags : str
            Flags after distann's own.
        profile_enabled : bool
            Measure where the time goes: see `profile`. ``DISTANN_PROFILE=trace.json`` in the environment does so too,
            and writes the first phases of every thread to that file, for chrome://tracing or https://ui.perfetto.dev.
        **hints
            Accepted for compatibility: ``silent``, ``debug_build``...
        """
        flags = () if compiler_flags == "default" else tuple(compiler_flags.split())
        self._state.compile(
            directory=Path(directory) if directory else None, clean=clean, compiler_flags=flags
        )
        timeline = os.environ.get("DISTANN_PROFILE")
        if profile_enabled or timeline:
            self._state.simulation.start_profile(Path(timeline) if timeline else None)

    def profile(self) -> Profile:
        """Return where the time of the run went; collective.

        Returns
        -------
        Profile
            Printed it is a table; its arrays are seconds and calls by rank, thread and phase.

        Raises
        ------
        ConfigurationError
            Unless ``compile(profile_enabled=True)`` was called.
        """
        return self._state.simulation_for("profile()").profile()

    def simulate(
        self,
        duration: float,
        measure_time: bool = False,
        callbacks: bool = True,
        checkpoint: str | Path | None = None,
        checkpoint_every: float | None = None,
        checkpoints_kept: int = 2,
    ) -> None:
        """Advance by `duration` ms; collective.

        Ctrl-C ends it after a whole window of steps, on all ranks after the same one, with ``KeyboardInterrupt``; the
        network can go on from there.

        Parameters
        ----------
        duration : float
            ms; the number of steps is rounded up.
        measure_time : bool
            Say how long it took.
        callbacks : bool
            Call the functions that `every` has registered.
        checkpoint : str or Path, optional
            Where to save the network while it runs: see `resume`. SIGTERM and SIGUSR1, which batch systems send, then
            save it as well, and end the job with the exit status 75.
        checkpoint_every : float, optional
            ms of the network between two checkpoints, counted from time 0; without it only signals save.
        checkpoints_kept : int
            The last one is `checkpoint`, those before it have a number in their names: run.h5, run.1.h5...
        """
        plan, save = None, None
        if checkpoint is not None or checkpoint_every is not None:
            plan = plan_of(checkpoint, checkpoint_every, checkpoints_kept, self.dt)
            save = partial(saving.save, self._state)
        self._state.control.simulate(duration, measure_time=measure_time, callbacks=callbacks, plan=plan, save=save)

    def simulate_until(
        self,
        max_duration: float,
        population: Population | Sequence[Population],
        operator: str = "and",
        measure_time: bool = False,
    ) -> float:
        """Advance until the stop conditions of populations are met, at most by `max_duration` ms; collective.

        They are looked at after each step. Callbacks are not called.

        Parameters
        ----------
        max_duration : float
            ms.
        population : Population, or sequence of them
            Each with a `stop_condition`.
        operator : str
            ``"and"``: all populations; ``"or"``: one is enough.
        measure_time : bool
            Say how long it took.

        Returns
        -------
        float
            The time that has passed, ms.

        Raises
        ------
        ConfigurationError
            When a population has no stop condition.
        """
        populations = [population] if isinstance(population, Population) else list(population)
        for one in populations:
            if not isinstance(one, Population) or one._network is not self._state or one.stop_condition is None:
                raise ConfigurationError(
                    f"simulate_until() needs populations of this network with a stop_condition; {one!r} is none. "
                    "Write Population(..., stop_condition='v > 0.0 : any')."
                )
        if not populations or operator not in ("and", "or"):
            raise ConfigurationError(
                f"simulate_until() takes one population or several, and operator='and' or 'or'; got {len(populations)} "
                f"populations and {operator!r}."
            )
        numbers = [one._state.number for one in populations]
        return self._state.control.simulate_until(max_duration, numbers, operator == "and", measure_time)

    def step(self) -> None:
        """Advance by one step, without callbacks; collective."""
        self._state.control.step()

    def checkpoint(self, path: str | Path) -> None:
        """Save all that the network is at this step, records of monitors included; collective.

        The file appears whole or not at all. It needs h5py (``pip install 'distann[files]'``).

        Parameters
        ----------
        path : str or Path
            Of one HDF5 file, for any number of ranks.

        Raises
        ------
        CheckpointError
            When it cannot be written; a checkpoint of that name is then still the one from before.
        """
        saving.save(self._state, Path(path))

    def restore(self, path: str | Path) -> None:
        """Bring the compiled network to the state of a checkpoint; collective.

        It goes on from there bit for bit, on any number of ranks and threads. Make the same network, with the same
        monitors and callbacks, before. A network whose seed was not given takes over that of the checkpoint.

        Raises
        ------
        CheckpointError
            When the file is damaged, is one of another network, or of a newer version of distann.
        """
        saving.restore(self._state, Path(path))

    def resume(self, path: str | Path) -> bool:
        """Restore the latest whole checkpoint of a run, if there is one; collective.

        Examples
        --------
        >>> net.compile()
        >>> net.resume("run.h5")
        >>> net.simulate(1e6 - net.time, checkpoint="run.h5", checkpoint_every=1e4)

        Returns
        -------
        bool
            Whether there was one.

        Raises
        ------
        CheckpointError
            When there are damaged ones only, or one of another network.
        """
        return saving.resume(self._state, Path(path))

    def reset(
        self,
        populations: bool = True,
        projections: bool = False,
        synapses: bool = False,
        monitors: bool = True,
        reseed_rng: bool = True,
    ) -> None:
        """Go back to time 0; collective.

        Parameters
        ----------
        populations : bool
            Populations get the values that they had before ``compile()``.
        projections : bool
            So do projections, but for weights and connectivity.
        synapses : bool
            Weights too. A seed gives the same connectivity each time, so that it is never drawn anew.
        monitors : bool
            Monitors forget what they recorded.
        reseed_rng : bool
            Accepted for compatibility: random numbers depend on the seed and on the step alone.
        """
        self._state.reset(populations, projections, synapses)
        for forget in self._state.on_reset if monitors else ():
            forget()

    def config(self, **options: Any) -> None:
        """Change options of this network before it is compiled: ``num_threads``, ``dtype``, ``method``..."""
        self._state.configure(**options)

    # ---- clock ----------------------------------------------------------------------------------------------------

    @property
    def dt(self) -> float:
        """Step, ms."""
        return self._state.options.dt

    @property
    def seed(self) -> int:
        """Of all random numbers of the network."""
        return self._state.seed

    @property
    def default_rng(self) -> np.random.Generator:
        """A numpy generator with the network's seed, the same on all ranks."""
        return np.random.default_rng(self.seed)

    @property
    def time(self) -> float:
        """Present time, ms; settable to a whole number of steps, as `current_step` is."""
        return self._state.time

    @time.setter
    def time(self, time: float) -> None:
        self._state.set_step(round(number_of(time, "a time") / self.dt))

    @property
    def current_step(self) -> int:
        """Steps done; settable after ``compile()``: values stay, and what is in flight arrives when it would have."""
        return self._state.step

    @current_step.setter
    def current_step(self, step: int) -> None:
        self._state.set_step(step)

    # ---- callbacks ------------------------------------------------------------------------------------------------

    @property
    def callbacks_enabled(self) -> bool:
        """Whether `simulate` calls the functions that `every` has registered."""
        return self._state.control.callbacks_enabled

    def enable_callbacks(self) -> None:
        """Call callbacks again."""
        self._state.control.callbacks_enabled = True

    def disable_callbacks(self) -> None:
        """Call no callbacks until `enable_callbacks`."""
        self._state.control.callbacks_enabled = False

    def clear_all_callbacks(self) -> None:
        """Forget all callbacks."""
        self._state.control.callbacks.clear()

    @property
    def compiled(self) -> bool:
        """Whether ``compile()`` has been called."""
        return self._state.compiled


class _Named(Protocol):
    @property
    def name(self) -> str | None: ...


Some = TypeVar("Some", bound=_Named)


def _named(kind: str, name: str, objects: Sequence[Some]) -> Some:
    """Return the object of that name.

    Raises
    ------
    ConfigurationError
        With a suggestion.
    """
    names = [str(one.name) for one in objects]
    if name not in names:
        raise ConfigurationError(f"there is no {kind} '{name}'; {closest(name, names) or f'there are {names}.'}")
    return objects[names.index(name)]


def _name_of(side: Population | PopulationView | str) -> str:
    return side if isinstance(side, str) else side.name


def magic_network() -> Network:
    """Return the default network, on which the module-level functions act."""
    return Network._around(default_network())
