"""How much memory a network will take, and how much it takes."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from distann.codegen.target import precision
from distann.errors import ConfigurationError
from distann.model.arguments import number_of
from distann.runtime.control import duration_steps
from distann.runtime.delays import delays_of
from distann.runtime.estimate import (
    PROCESS,
    Estimate,
    Share,
    expected_synapses,
    population_bytes,
    projection_bytes,
    readable,
)
from distann.runtime.log import report
from distann.runtime.network import NetworkState
from distann.runtime.simulation import LONGEST_WINDOW
from distann.runtime.threads import default_threads

__all__ = ["Sizes"]


class Sizes:
    """Memory: the part of `Network` that says what it costs."""

    _state: NetworkState

    def estimate(
        self,
        ranks: int | None = None,
        threads: int | None = None,
        memory: float | None = None,
        ranks_a_node: int = 1,
        rate: float = 10.0,
        duration: float = 0.0,
    ) -> Estimate:
        """Return what the network will take, without building it; collective.

        Parameters
        ----------
        ranks, threads : int, optional
            Of the job that is planned, threads of each rank; those of this one by default.
        memory : float, optional
            GB of a node, to learn how many nodes it takes.
        ranks_a_node : int
        rate : float
            Hz: how often neurons spike, and axons that have spikes of their own, for what is on its way or recorded.
        duration : float
            ms: for how long monitors record in memory.

        Returns
        -------
        Estimate
            Printed it is a table. Numbers of synapses are the expected ones.

        Raises
        ------
        ConfigurationError
            For numbers that make no sense.
        """
        state = self._state
        ranks = _count(state.comm.size if ranks is None else ranks, "ranks")
        threads = _count(threads or state.options.num_threads or default_threads(state.comm), "threads")
        if memory is not None and number_of(memory, "memory") <= 0:
            raise ConfigurationError(f"memory is a positive number of GB; got {memory!r}.")
        parts = _parts(state, ranks, threads, number_of(rate, "rate"), duration_steps(duration, state.options.dt))
        per_node = _count(ranks_a_node, "ranks_a_node")
        return Estimate(tuple(parts), ranks, threads, None if memory is None else memory * 1024.0**3, per_node)

    def memory_footprint(self, show_py_side: bool = True, show_cpp_side: bool = True) -> dict[str, int]:
        """Print, on rank 0, and return the memory of the compiled network's objects, on all ranks together; collective.

        Parameters
        ----------
        show_py_side : bool
            The arrays of populations and projections.
        show_cpp_side : bool
            The synapses. Projections that are stored together count for the first of them.

        Returns
        -------
        dict of str to int
            Bytes by name of the object, ``"process"`` being all memory that the processes have from the system.
        """
        simulation = self._state.simulation_for("memory_footprint()")
        local: dict[str, int] = {}
        if show_py_side:
            for state in self._state.populations:
                local[f"population {state.spec.name}"] = sum(array.nbytes for array in state.arrays.values())
        for bundle in simulation.bundles if show_cpp_side else ():
            name = " + ".join(state.spec.name for state in bundle)
            local[f"projection {name}"] = simulation.part.bytes(bundle[0].built.number)
        local["process"] = _resident()
        sums = {name: self._state.comm.sum(count) for name, count in local.items()}
        width = max(map(len, sums))
        report("\n".join(f"{name:<{width}}  {readable(count)}" for name, count in sums.items()))
        return sums


def _parts(state: NetworkState, ranks: int, threads: int, rate: float, steps: int) -> list[Share]:
    generated, dt = state.generate(), state.options.dt
    word = precision(state.options.dtype).word
    delays = [delays_of(projection.spec, dt) for projection in state.projections]
    window = min([LONGEST_WINDOW, *(one.shortest for one in delays)])
    past = window + max([window, *(one.longest for one in delays)])
    parts = [Share("process", 0.0, PROCESS)]
    for population in state.populations:
        axes = [field.axis for field in population.model.fields]
        size = population_bytes(population.spec.size, axes, word, ranks, threads)
        parts.append(Share(f"population {population.spec.name}", size))
    for projection, kernels in zip(state.projections, generated.transmissions, strict=True):
        size = projection_bytes(projection.spec, kernels.transmission, word, dt, ranks * threads)
        parts.append(Share(f"projection {projection.spec.name}", size, 0.0, expected_synapses(projection.spec)))
    published = sum(state.populations[number].spec.size for number, _ in generated.program.published)
    spiking = sum(population.spec.size for population in state.populations if population.model.spiking)
    with_axons = zip(state.populations, generated.axons, strict=True)
    spiking += sum(population.spec.size for population, axons in with_axons if axons is not None)
    parts.append(Share("values that neurons read", 0.0, float(published * word * past)))
    parts.append(Share("spikes on their way", 0.0, 4.0 * spiking * rate * dt * 1e-3 * past))
    for monitor in state.monitors:
        parts.append(Share(f"records of {monitor.label}", monitor.expected_bytes(steps, rate, word)))
    return parts


def _count(value: object, name: str) -> int:
    if isinstance(value, bool) or not isinstance(value, int | np.integer) or value < 1:
        raise ConfigurationError(f"{name} is a positive integer; got {value!r}.")
    return int(value)


def _resident() -> int:
    """Return the memory that this process has from the system, bytes; 0 where it does not say."""
    try:
        fields = Path("/proc/self/status").read_text(encoding="utf-8").splitlines()
    except OSError:
        return 0
    return next((1024 * int(line.split()[1]) for line in fields if line.startswith("VmRSS:")), 0)
