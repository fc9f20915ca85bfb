"""The synapses of a checkpoint: what is saved of them, and how a projection gets them back."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from distann.errors import CheckpointError, ConfigurationError, KernelError, UnsupportedError
from distann.io.container import Writer
from distann.runtime.delay_changes import change_delay
from distann.runtime.delays import delays_of
from distann.runtime.network import NetworkState
from distann.runtime.projection import ProjectionState

__all__ = ["load_delays", "load_projection", "other_synapses", "recorded", "replace_synapses", "save_projection"]


def save_projection(writer: Writer, state: ProjectionState) -> None:
    """Write all that the synapses of a projection are; collective."""
    folder, own = f"projections/{state.number}", state.built.partition
    synapses = state.local_synapses()
    writer.joined(f"{folder}/synapses", np.bincount(synapses.post - own.begin, minlength=own.local))
    writer.joined(f"{folder}/pre", synapses.pre.astype(np.uint32))
    writer.joined(f"{folder}/delay", synapses.delay)
    for name in state.built.stored:
        writer.joined(f"{folder}/values/{name}", state.stored_values(name))
    events = state.events()
    if events is not None:
        writer.joined(f"{folder}/arrived", events[0])
        writer.joined(f"{folder}/last", events[1])
    for name, array in state.own.items():
        if array.ndim > 1:
            writer.whole(f"{folder}/own/{name}", array[0, :1])
        else:
            writer.joined(f"{folder}/own/{name}", array[: own.local])


def _share_of(file: Any, state: ProjectionState) -> slice:
    """Return which synapses of the file are those of this rank."""
    own = state.built.partition
    counts = file[f"projections/{state.number}/synapses"]
    begin = int(counts[: own.begin].sum())
    return slice(begin, begin + int(counts[own.begin : own.end].sum()))


def other_synapses(file: Any, state: ProjectionState) -> str:
    """Say that a projection has other synapses than the file, or nothing."""
    folder, own, share = file[f"projections/{state.number}"], state.built.partition, _share_of(file, state)
    mine = state.local_synapses()
    counts = np.bincount(mine.post - own.begin, minlength=own.local)
    same = (
        np.array_equal(folder["synapses"][own.begin : own.end], counts)
        and np.array_equal(folder["pre"][share], mine.pre)
        and _reachable(folder["delay"][share], mine.delay, state.model.spiking)
    )
    return "" if same else f"projection '{state.spec.name}' has other synapses"


def recorded(state: ProjectionState) -> str:
    """Say that a monitor records synapses that are to be replaced, or nothing."""
    if not state.recorded:
        return ""
    return f"synapses of projection '{state.spec.name}' have come and gone, and a monitor records them"


def replace_synapses(file: Any, state: ProjectionState, path: Path) -> None:
    """Give a projection the synapses of the file; collective."""
    folder, own, share = file[f"projections/{state.number}"], state.built.partition, _share_of(file, state)
    element = np.repeat(np.arange(own.local), folder["synapses"][own.begin : own.end])
    try:
        state.replace((element, folder["pre"][share], folder["delay"][share]))
    except KernelError as problem:
        raise CheckpointError(str(path), f"it is not one of this network: {problem.message}") from None


def _reachable(there: NDArray[np.uint32], here: NDArray[np.uint32], spiking: bool) -> bool:
    """Whether delays are equal, or may have been changed while the network ran."""
    if np.array_equal(there, here):
        return True
    several = bool(np.ptp(there) > 0), bool(np.ptp(here) > 0)
    return not any(several) or (not spiking and several[1])


def load_delays(network: NetworkState, file: Any, path: Path) -> None:
    """Give projections the delays that they had; collective."""
    for state in network.projections:
        delay = file[f"projections/{state.number}/delay"]
        mine = state.local_synapses().delay
        if any(network.comm.allgather(not np.array_equal(delay[_share_of(file, state)], mine))):
            steps, simulation = delay[:], network.simulation
            ms = steps * network.options.dt
            several = not delays_of(state.spec, network.options.dt).uniform
            try:
                change_delay(state, ms if several else float(ms[0]), simulation.window, simulation.longest)
            except (ConfigurationError, UnsupportedError) as problem:
                raise CheckpointError(str(path), f"it is not one of this network: {problem}") from None


def load_projection(file: Any, state: ProjectionState) -> None:
    """Give this rank's synapses the values of the file."""
    folder, own, share = file[f"projections/{state.number}"], state.built.partition, _share_of(file, state)
    for name in state.built.stored:
        state.set_stored_values(name, folder["values"][name][share])
    if "arrived" in folder:
        state.set_events(folder["arrived"][share], folder["last"][own.begin : own.end])
    for name, array in state.own.items():
        if array.ndim > 1:
            array[...] = folder["own"][name][0]
        else:
            array[: own.local] = folder["own"][name][own.begin : own.end]
