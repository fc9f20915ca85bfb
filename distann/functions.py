"""The module-level functions: the interface of a script with one network, the default one.

Those that have a `net_id` act on any network: on the one whose `Network.id` it is.
"""

from __future__ import annotations

import contextlib
import functools
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, TypeVar, cast
from xml.etree import ElementTree

from distann.errors import FileError
from distann.monitor import Monitor
from distann.network import Network, magic_network
from distann.population import Population
from distann.projection import Projection
from distann.recorded import Recordable
from distann.runtime import definitions, session
from distann.runtime.definitions import FunctionOfArrays
from distann.runtime.log import report
from distann.view import PopulationView

__all__ = [
    "add_function",
    "callbacks_enabled",
    "clear",
    "clear_all_callbacks",
    "compile",
    "disable_callbacks",
    "disable_learning",
    "dt",
    "enable_callbacks",
    "enable_learning",
    "every",
    "functions",
    "get_current_step",
    "get_population",
    "get_projection",
    "get_time",
    "load",
    "load_parameter",
    "load_parameters",
    "monitors",
    "populations",
    "projections",
    "reset",
    "save",
    "save_parameters",
    "set_current_step",
    "set_seed",
    "set_time",
    "setup",
    "simulate",
    "simulate_until",
    "step",
    "timeit",
]

Callback = TypeVar("Callback", bound=Callable[[int], object])
Timed = TypeVar("Timed", bound=Callable[..., Any])


def setup(**options: Any) -> None:
    """Set options of the default network, before anything is created; networks made later take them over.

    Parameters
    ----------
    **options
        ``dt`` (ms, default 1.0), ``seed``, ``method`` (default ``"explicit"``), ``num_threads`` (of each rank; default:
        its cores), ``dtype`` (``float64`` or ``float32``), ``paradigm`` (``"openmp"``). Performance options of ANNarchy
        are accepted and never change results.

    Raises
    ------
    ConfigurationError
        When a value makes no sense.
    """
    magic_network().config(**options)


def add_function(function: str) -> None:
    """Define a function that the equations of all models can call.

    Parameters
    ----------
    function : str
        Such as ``"f(x, y) = x * y"``: a formula of the arguments, of constants and of functions defined before it.

    Raises
    ------
    EquationError
        When it cannot be read, or calls itself.
    ConfigurationError
        When there is a function of that name.
    """
    definitions.add_function(function, tuple(session.default_network().constants))


def functions(name: str, network: Network | None = None) -> FunctionOfArrays:
    """Return a function of `add_function` that computes arrays, element by element.

    Parameters
    ----------
    name : str
    network : Network, optional
        Whose constants it takes; by default those of the default network.

    Raises
    ------
    ConfigurationError
        When there is none of that name.
    """
    return definitions.global_function(name, (network or magic_network())._state.constants)


def compile(
    directory: str | None = None,
    clean: bool = False,
    compiler: str = "default",
    compiler_flags: str = "default",
    net_id: int = 0,
    **hints: Any,
) -> None:
    """Compile the default network. Parameters are those of `Network.compile`."""
    magic_network(net_id).compile(directory, clean, compiler, compiler_flags, **hints)


def simulate(
    duration: float,
    measure_time: bool = False,
    callbacks: bool = True,
    show_monitor_memory_estimate: bool = False,
    net_id: int = 0,
    **checkpoints: Any,
) -> None:
    """Advance the default network by `duration` ms; collective.

    Parameters
    ----------
    duration : float
        ms; the number of steps is rounded up.
    measure_time : bool
        Say how long it took.
    callbacks : bool
        Call the functions that `every` has registered.
    show_monitor_memory_estimate : bool
        Accepted for compatibility; see `Network.estimate`.
    **checkpoints
        ``checkpoint``, ``checkpoint_every``, ``checkpoints_kept``: see `Network.simulate`.
    """
    magic_network(net_id).simulate(duration, measure_time, callbacks, **checkpoints)


def simulate_until(
    max_duration: float,
    population: Population | Sequence[Population],
    operator: str = "and",
    measure_time: bool = False,
    net_id: int = 0,
) -> float:
    """Advance the default network until stop conditions are met. See `Network.simulate_until`."""
    return magic_network(net_id).simulate_until(max_duration, population, operator, measure_time)


def every(
    network: Network | None = None, period: float = 1.0, offset: float = 0.0, wait: float = 0.0
) -> Callable[[Callback], Callback]:
    """Let a function be called now and then by `simulate`: a decorator.

    It is called with the number of its calls so far, before the steps at ``wait + offset + k * period`` from the
    beginning of each run, on all ranks. It may read and set values, and is not called by `step` and `simulate_until`.

    Parameters
    ----------
    network : Network, optional
        The default network, if not given.
    period : float
        ms.
    offset : float
        ms from the beginning of each period; a negative one counts from its end.
    wait : float
        ms before the first period.

    Examples
    --------
    >>> @every(period=100.0)
    ... def stimulate(n):
    ...     pop.I = images[n]

    Raises
    ------
    ConfigurationError
        For times that make no sense.
    """

    def register(function: Callback) -> Callback:
        (network or magic_network())._state.control.add_callback(function, period, offset, wait)
        return function

    return register


def enable_callbacks(net_id: int = 0) -> None:
    """Let the default network call callbacks again."""
    magic_network(net_id).enable_callbacks()


def disable_callbacks(net_id: int = 0) -> None:
    """Let the default network call no callbacks."""
    magic_network(net_id).disable_callbacks()


def callbacks_enabled(net_id: int = 0) -> bool:
    """Return whether the default network calls callbacks."""
    return magic_network(net_id).callbacks_enabled


def clear_all_callbacks(net_id: int = 0) -> None:
    """Let the default network forget all callbacks."""
    magic_network(net_id).clear_all_callbacks()


def step(net_id: int = 0) -> None:
    """Advance the default network by one step; collective."""
    magic_network(net_id).step()


def enable_learning(
    projections: Sequence[Projection] | None = None,
    period: float | None = None,
    offset: float | None = None,
    net_id: int = 0,
) -> None:
    """Let the synapses of some projections of the default network change, or of all."""
    magic_network(net_id).enable_learning(projections, period, offset)


def disable_learning(projections: Sequence[Projection] | None = None, net_id: int = 0) -> None:
    """Let the weights of some projections of the default network, or of all, stay as they are."""
    magic_network(net_id).disable_learning(projections)


def reset(
    populations: bool = True,
    projections: bool = False,
    synapses: bool = False,
    monitors: bool = True,
    reseed_rng: bool = True,
    net_id: int = 0,
) -> None:
    """Bring the default network back to time 0. Parameters are those of `Network.reset`."""
    magic_network(net_id).reset(populations, projections, synapses, monitors, reseed_rng)


def clear() -> None:
    """Forget the default network and its options."""
    session.clear()


def dt(net_id: int = 0) -> float:
    """Return the step of the default network, ms."""
    return magic_network(net_id).dt


def get_time(net_id: int = 0) -> float:
    """Return the present time of the default network, ms."""
    return magic_network(net_id).time


def get_current_step(net_id: int = 0) -> int:
    """Return the number of steps that the default network has done."""
    return magic_network(net_id).current_step


def set_time(time: float, net_id: int = 0) -> None:
    """Set the clock of the default network, ms."""
    magic_network(net_id).time = time


def set_current_step(step: int, net_id: int = 0) -> None:
    """Set the clock of the default network, in steps."""
    magic_network(net_id).current_step = step


def set_seed(seed: int, net_id: int = 0) -> None:
    """Set the seed of the default network, before it is compiled."""
    magic_network(net_id).config(seed=seed)


def get_population(name: str, net_id: int = 0) -> Population:
    """Return the population of the default network that has this name."""
    return magic_network(net_id).get_population(name)


def get_projection(name: str, net_id: int = 0) -> Projection:
    """Return the projection of the default network that has this name."""
    return magic_network(net_id).get_projection(name)


def populations(net_id: int = 0) -> list[Population]:
    """Return all populations of the default network."""
    return magic_network(net_id).get_populations()


def projections(
    post: Population | PopulationView | str | None = None,
    pre: Population | PopulationView | str | None = None,
    target: str | None = None,
    suppress_error: bool = True,
    net_id: int = 0,
) -> list[Projection]:
    """Return the projections of the default network. Parameters are those of `Network.get_projections`."""
    return magic_network(net_id).get_projections(post, pre, target, suppress_error)


def monitors(obj: Recordable | None = None, net_id: int = 0) -> list[Monitor]:
    """Return all monitors of the default network, or those of one object."""
    return magic_network(net_id).get_monitors(obj)


def timeit(function: Timed) -> Timed:
    """Let a function say, on rank 0, how long each call of it took: a decorator."""

    @functools.wraps(function)
    def timed(*arguments: Any, **keywords: Any) -> Any:
        begin = time.perf_counter()
        try:
            return function(*arguments, **keywords)
        finally:
            report(f"{function.__name__} took {time.perf_counter() - begin:.3g} s.")

    return cast(Timed, timed)


def save(filename: str | Path, populations: bool = True, projections: bool = True, net_id: int = 0) -> None:
    """Save parameters, variables and connectivity of the default network. See `Network.save`."""
    magic_network(net_id).save(filename, populations, projections)


def load(
    filename: str | Path,
    populations: bool = True,
    projections: bool = True,
    pickle_encoding: Any = None,
    net_id: int = 0,
) -> None:
    """Load what `save` has written. See `Network.load`."""
    magic_network(net_id).load(filename, populations, projections, pickle_encoding)


def save_parameters(filename: str | Path) -> None:
    """Save the parameters that objects of the default network have one of, and constants. See `Network`."""
    magic_network().save_parameters(filename)


def load_parameters(filename: str | Path, global_only: bool = True, verbose: bool = False) -> None:
    """Load what `save_parameters` has written. See `Network.load_parameters`."""
    magic_network().load_parameters(filename, global_only, verbose)


def load_parameter(in_file: str | Path) -> dict[str, Any]:
    """Return the numbers and texts of an XML file: the content of every element that has no others inside, by its tag.

    Raises
    ------
    FileError
        When the file cannot be read.
    """
    try:
        tree = ElementTree.fromstring(Path(in_file).read_bytes())
    except OSError as problem:
        raise FileError(str(in_file), problem.strerror or str(problem)) from None
    except ElementTree.ParseError as problem:
        raise FileError(str(in_file), f"it is not XML ({problem}).") from None
    return {element.tag: _number_or_text(element.text or "") for element in tree.iter() if not len(element)}


def _number_or_text(text: str) -> int | float | str:
    for kind in (int, float):
        with contextlib.suppress(ValueError):
            return kind(text)
    return text.strip()
