"""Networks: what a script makes, connects, compiles and runs."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, Self

from distann.constants import Constant
from distann.errors import ConfigurationError
from distann.inputs.callback import Source, source
from distann.keeping import Keeping
from distann.members import Members
from distann.model import Neuron, Synapse
from distann.monitor import Monitor
from distann.parallel import arguments_of, parallel_run, seeds_of
from distann.population import Population
from distann.projection import Projection
from distann.recorded import Recordable
from distann.running import Running
from distann.runtime.comm import Comm
from distann.runtime.log import report
from distann.runtime.network import NetworkState, global_options
from distann.runtime.profile import Profile
from distann.runtime.session import number, numbered_network
from distann.sizes import Sizes
from distann.view import PopulationView

__all__ = ["Network", "magic_network"]


class NetworkType(type):
    """Makes networks: takes `dt` and `seed` from the call of a subclass before its ``__init__`` gets the rest."""

    def __call__(cls, *arguments: Any, dt: float | None = None, seed: int | None = None, **keywords: Any) -> Any:
        options = replace(global_options())
        options.update(**{name: value for name, value in (("dt", dt), ("seed", seed)) if value is not None})
        return made(cls, NetworkState(options), arguments, keywords)


def made(kind: Any, state: NetworkState, arguments: tuple[Any, ...], keywords: dict[str, Any]) -> Any:
    """Return a network around a state, that has run its ``__init__``."""
    network = kind.__new__(kind)
    network._state, network._made, network._id = state, (arguments, keywords), number(state)
    network.__init__(*arguments, **keywords)
    return network


class Network(Members, Running, Keeping, Sizes, metaclass=NetworkType):
    """A network with its own clock, seed and simulation.

    A subclass may build its network in an ``__init__`` of its own, which gets the arguments besides `dt` and `seed`.
    Its networks can be made again: see `copy` and `parallel_run`.

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

    _made: tuple[tuple[Any, ...], dict[str, Any]]
    _id: int

    def __init__(self, dt: float | None = None, seed: int | None = None) -> None:
        # The state is there already. A subclass may call this once more, to set what it knows better.
        self._state.configure(**{name: value for name, value in (("dt", dt), ("seed", seed)) if value is not None})

    # ---- made again -----------------------------------------------------------------------------------------------

    def copy(self, *arguments: Any, **keywords: Any) -> Self:
        """Return another network of this subclass, made as this one was: with the same options, seed and arguments.

        It has a state of its own, and begins at time 0. It is compiled if this one is.

        Parameters
        ----------
        *arguments, **keywords
            Of its ``__init__``; those of this network if none are given.

        Raises
        ------
        ConfigurationError
            When this is a plain `Network`, whose populations nobody knows how to make.
        """
        copy = self._again(self.seed, self._state.comm, self._state.options.num_threads, arguments, keywords)
        if self.compiled:
            copy.compile()
        return copy

    def _again(
        self, seed: int, comm: Comm, threads: int | None, arguments: tuple[Any, ...] = (), keywords: Any = None
    ) -> Self:
        self._refuse_plain()
        given = (arguments, keywords) if arguments or keywords else self._made
        options = replace(self._state.options, seed=seed, num_threads=threads)
        network: Self = made(type(self), NetworkState(options, comm), given[0], given[1] or {})
        return network

    def _refuse_plain(self) -> None:
        if type(self).__init__ is Network.__init__:
            raise ConfigurationError(
                "only a network of a subclass can be made again: write class MyNetwork(Network) with an __init__ that "
                "creates its populations."
            )

    def parallel_run(
        self,
        method: Callable[..., Any],
        number: int,
        max_processes: int = -1,
        seeds: str | Sequence[int] | None = None,
        measure_time: bool = False,
        **keywords: Any,
    ) -> list[Any]:
        """Run an experiment on `number` networks that are made as this one was; collective.

        On one process each run has a process of its own, as many at a time as there are cores. In an MPI job the ranks
        are divided: 8 ranks run 8 networks at a time, or 4 on 2 ranks each. The results are the same.

        Parameters
        ----------
        method : callable
            ``method(net, ...)``; what it returns is a result. The global generators of numpy and Python are seeded with
            the seed of the run.
        number : int
        max_processes : int
            How many at a time; -1 for no limit but the cores, or the ranks.
        seeds : "same", "sequential", or sequence of int, optional
            Of the networks: that of this one, numbers from it on, given ones; random ones by default.
        measure_time : bool
            Say how long it took.
        **keywords
            For `method`. Of a list or tuple of `number` entries each run gets its own.

        Returns
        -------
        list
            The results in the order of the runs, on every rank.

        Raises
        ------
        RunError
            When a run fails, with its traceback.
        """
        if isinstance(number, bool) or not isinstance(number, int) or number < 1:
            raise ConfigurationError(f"the number of runs is a positive integer; got {number!r}.")
        self._refuse_plain()
        comm, begin = self._state.comm, time.perf_counter()
        threads = self._state.options.num_threads

        def make(seed: int, ranks: Comm, share: int | None) -> Network:
            network = self._again(seed, ranks, threads or share)
            network.compile(silent=True)
            return network

        results = parallel_run(
            make, comm, method, number, seeds_of(seeds, number, self.seed, comm), arguments_of(number, keywords),
            max_processes,
        )  # fmt: skip
        if measure_time:
            report(f"Ran {number} networks in {time.perf_counter() - begin:.3g} s of wall time.")
        return results

    def clear(self) -> None:
        """Give back all memory; the network and its objects cannot be used any more."""
        self._state.clear()

    @property
    def id(self) -> int:
        """Its number, the ``net_id`` of module-level functions; the default network has 0."""
        return self._id

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
        to_file: str | Path | None = None,
    ) -> Monitor:
        """Add a monitor. Parameters are those of `Monitor`."""
        return Monitor(obj, variables, period, period_offset, start, name, to_file)

    def source(
        self,
        geometry: int | tuple[int, ...],
        period: float | None = None,
        spikes: bool = False,
        name: str | None = None,
    ) -> Callable[[Source], Population]:
        """Make a population of a function that gives its rates or spikes while the network runs: a decorator.

        The function is called with the time in ms, on all ranks alike, before every step that is a multiple of the
        period; it may read the network, so that a loop through a body or an environment can be closed. To
        set values of other populations, use `every`.

        Parameters
        ----------
        geometry : int or tuple of int
        period : float, optional
            ms between two calls; every step by default. In between the rates stay; spikes are those of one step.
        spikes : bool
            The function returns the ranks of the neurons that spike in this step. Else it returns their rates ``r``: a
            number or an array; None leaves them as they are.
        name : str, optional
            By default that of the function.

        Examples
        --------
        >>> @net.source(2, period=10.0)
        ... def eye(t):
        ...     return arena.distances(wheels.r)
        >>> net.connect(eye, brain, "exc").all_to_all(weights=0.1)

        Raises
        ------
        ConfigurationError
            For a period of less than a step.
        """
        return source(self._state, geometry, period, spikes, name)

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

    def config(self, **options: Any) -> None:
        """Change options of this network before it is compiled: ``num_threads``, ``dtype``, ``method``..."""
        self._state.configure(**options)


def magic_network(net_id: int = 0) -> Network:
    """Return the default network, on which the module-level functions act, or that of another number.

    Parameters
    ----------
    net_id : int
        The `Network.id` of a network that the script holds; 0 is the default one.

    Raises
    ------
    ConfigurationError
        When there is no network of that number.
    """
    network: Network = made(Network, numbered_network(net_id), (), {})
    return network
