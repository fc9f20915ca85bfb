"""The module-level functions: the interface of a script with one network, the default one."""

from __future__ import annotations

from typing import Any

from distann.network import magic_network
from distann.population import Population
from distann.runtime import session

__all__ = [
    "clear",
    "compile",
    "dt",
    "get_current_step",
    "get_population",
    "get_time",
    "reset",
    "set_seed",
    "setup",
    "simulate",
    "step",
]


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


def compile(
    directory: str | None = None,
    clean: bool = False,
    compiler: str = "default",
    compiler_flags: str = "default",
    **hints: Any,
) -> None:
    """Compile the default network. Parameters are those of `Network.compile`."""
    magic_network().compile(directory, clean, compiler, compiler_flags, **hints)


def simulate(duration: float, measure_time: bool = False, **hints: Any) -> None:
    """Advance the default network by `duration` ms; collective.

    Parameters
    ----------
    duration : float
        ms; the number of steps is rounded up.
    measure_time : bool
        Say how long it took.
    **hints
        Accepted for compatibility.
    """
    magic_network().simulate(duration, measure_time)


def step() -> None:
    """Advance the default network by one step; collective."""
    magic_network().step()


def reset(
    populations: bool = True,
    projections: bool = False,
    synapses: bool = False,
    monitors: bool = True,
    reseed_rng: bool = True,
) -> None:
    """Bring the default network back to time 0. Parameters are those of `Network.reset`."""
    magic_network().reset(populations, projections, synapses, monitors, reseed_rng)


def clear() -> None:
    """Forget the default network and its options."""
    session.clear()


def dt() -> float:
    """Return the step of the default network, ms."""
    return magic_network().dt


def get_time() -> float:
    """Return the present time of the default network, ms."""
    return magic_network().time


def get_current_step() -> int:
    """Return the number of steps that the default network has done."""
    return magic_network().current_step


def set_seed(seed: int) -> None:
    """Set the seed of the default network, before it is compiled."""
    setup(seed=seed)


def get_population(name: str) -> Population:
    """Return the population of the default network that has this name."""
    return magic_network().get_population(name)
