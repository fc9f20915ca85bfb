"""Checkpoints: all that a network is at one step, in ranks of whole populations, so that any job can go on with it.

A network that was restored continues bit for bit, on any number of ranks and threads. What the script describes
(equations, sizes, connectors) is not in the file; it is compared with what is there.
"""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Callable
from dataclasses import astuple
from pathlib import Path
from typing import Any

import numpy as np

from distann.codegen.ir import Axis
from distann.errors import CheckpointError
from distann.io.container import Writer, check, files_of, opened
from distann.io.extras import extra
from distann.io.saved_synapses import (
    load_delays,
    load_projection,
    other_synapses,
    recorded,
    replace_synapses,
    save_projection,
)
from distann.runtime.comm import Comm
from distann.runtime.engine_synapses import Learning, RuleSwitch
from distann.runtime.log import warn_once
from distann.runtime.network import NetworkState
from distann.runtime.replay import Replay
from distann.runtime.simulation import Simulation
from distann.runtime.state import PopulationState
from distann.runtime.timetable import Timetable

__all__ = ["prepare", "restore", "resume", "save"]


# ---- writing ------------------------------------------------------------------------------------------------------


def save(network: NetworkState, path: Path, kept: int = 1) -> None:
    """Write a checkpoint; collective.

    Parameters
    ----------
    network : NetworkState
    path : Path
    kept : int
        How many checkpoints there are afterwards: those before this one get numbers.

    Raises
    ------
    CheckpointError
        When it cannot be written; the one before it is still there.
    """
    simulation = network.simulation_for("checkpoint()")
    writer = Writer(path, network.comm)
    text = json.dumps({**_described(network), **_position(network)})
    writer.whole("network", np.frombuffer(text.encode(), np.uint8))  # an attribute of HDF5 has at most 64 kB
    for state in network.populations:
        _save_population(writer, simulation, state)
    for number, ((population, _), field) in enumerate(simulation.published.items()):
        size = network.populations[population].spec.size
        writer.whole(f"past/{number}", simulation.part.past(field, simulation.longest, size))
    for projection in network.projections:
        save_projection(writer, projection)
    for number, monitor in enumerate(network.monitors):
        for variable, recorder in monitor.recorders.items():
            writer.joined(f"monitors/{number}/{variable}", recorder.stored())
    writer.close(kept)


def prepare(network: NetworkState, path: Path) -> None:
    """Make sure, before hours of computing, that checkpoints can be written; collective.

    Raises
    ------
    CheckpointError
        When there is no such folder, or nothing can be written to it.
    MissingPackageError
        Without h5py.
    """
    extra("h5py", "a checkpoint", "files")

    def examine() -> None:
        if not os.access(path.parent, os.W_OK | os.X_OK):
            reason = "nothing can be written to its folder" if path.parent.is_dir() else "there is no such folder"
            raise CheckpointError(str(path), reason)
        if path.is_dir():
            raise CheckpointError(str(path), "it is a folder", "Name a file.")

    problem = _agreed(network.comm, examine)
    if problem is not None:
        raise problem


def _described(network: NetworkState) -> dict[str, Any]:
    """Return what a network must be in order to go on with a checkpoint."""
    return {
        "dt": network.options.dt,
        "dtype": network.options.dtype,
        "seed": network.seed,
        "longest": network.simulation.longest,
        "constants defined": sorted(network.constants),
        "populations": [
            {
                "name": state.spec.name,
                "geometry": list(state.spec.geometry),
                "equations": _digest(state.model),
                "fields": [[field.name, field.axis.name] for field in state.model.fields],
                "timetables": sorted(state.played),
                "spikes given": state.replayed is not None,
            }
            for state in network.populations
        ],
        "projections": [
            {
                "name": state.spec.name,
                "pre": network.populations[state.spec.pre.population].spec.name,
                "post": network.populations[state.spec.post.population].spec.name,
                "target": list(state.spec.targets),
                "equations": _digest(state.model),
                "fields": [[field.name, field.axis.name] for field in state.model.fields],
                "stored": list(state.built.stored),
                "changeable": state.spec.changeable,
            }
            for state in network.projections
        ],
    }


def _digest(model: object) -> str:
    return hashlib.sha256(repr(model).encode()).hexdigest()[:16]


def _position(network: NetworkState) -> dict[str, Any]:
    """Return what changes in a run, besides arrays."""
    control = network.control
    return {
        "step": network.step,
        "begun": control.begun,
        "callbacks": [[callback.calls, callback.last] for callback in control.callbacks],
        "constants": network.constants,
        "enabled": [state.enabled for state in network.populations],
        "transmission": [[state.transmission, state.axon_transmission] for state in network.projections],
        "pending": [max(network.comm.allgather(p.built.part.pending(p.built.number))) for p in network.projections],
        "learning": [astuple(state.learning) for state in network.projections],
        "rules": [[astuple(rule) for rule in state.rules] for state in network.projections],
        "changed": _changed(network),
        "draws": [[state.draws for state in states] for states in (network.populations, network.projections)],
        "monitors": [monitor.position() for monitor in network.monitors],
    }


def _changed(network: NetworkState) -> list[bool]:
    """Return whether the synapses of each projection may be others than its connector gave; collective."""
    return [state.spec.changeable and state.changed() for state in network.projections]


def _save_population(writer: Writer, simulation: Simulation, state: PopulationState) -> None:
    assert state.layout is not None
    folder = f"populations/{state.number}"
    for field in state.model.fields:
        array = state.arrays[field.name]
        if field.axis is Axis.OBJECT:
            writer.whole(f"{folder}/{field.name}", array[0, :1])
        else:
            writer.joined(f"{folder}/{field.name}", array[: state.layout.partition.local])
    for name, timetable in state.played.items():
        writer.whole(f"timetables/{state.number}/{name}/rows", timetable.rows)
        writer.whole(f"timetables/{state.number}/{name}/schedule", timetable.schedule)
        writer.whole(f"timetables/{state.number}/{name}/clock", np.array([timetable.period, timetable.begin], float))
    if state.replayed is not None:
        writer.whole(f"given/{state.number}/ids", state.replayed.ids)
        writer.whole(f"given/{state.number}/times", state.replayed.times)
    for number in simulation.emitters(state.number) if state.model.spiking else ():
        back, ranks = simulation.part.flying(number)
        writer.whole(f"flying/{number}/back", back)
        writer.whole(f"flying/{number}/ranks", ranks)


# ---- reading ------------------------------------------------------------------------------------------------------


def resume(network: NetworkState, path: Path) -> bool:
    """Go on with the latest checkpoint that is whole, if there is any; collective.

    Parameters
    ----------
    network : NetworkState
    path : Path
        As it was given to `save`; those before it are tried as well.

    Returns
    -------
    bool
        Whether there was one.

    Raises
    ------
    CheckpointError
        When there are only damaged ones, or one of another network.
    """
    network.simulation_for("resume()")
    names = [name for name in files_of(path) if name.exists()] if network.comm.rank == 0 else []
    problem: CheckpointError | None = None
    for name in network.comm.bcast(names):
        reason = _agreed(network.comm, lambda name=name: check(name))  # type: ignore[misc]
        if reason is None:
            restore(network, name)
            return True
        warn_once(str(reason))
        problem = problem or reason
    if problem is not None:
        raise problem
    return False


def _agreed(comm: Comm, examine: Callable[[], None]) -> CheckpointError | None:
    """Return what rank 0 finds, on all ranks."""
    found: tuple[str, str, str] | None = None
    if comm.rank == 0:
        try:
            examine()
        except CheckpointError as problem:
            found = (problem.path, problem.reason, problem.remedy)
    found = comm.bcast(found)
    return None if found is None else CheckpointError(*found)


def restore(network: NetworkState, path: Path) -> None:
    """Bring a compiled network to the state of a checkpoint; collective. Nothing is changed unless all of it fits.

    Raises
    ------
    CheckpointError
        When the file is damaged, or that of another network.
    """
    network.simulation_for("restore()")
    problem = _agreed(network.comm, lambda: check(path))
    if problem is not None:
        raise problem
    with opened(path) as file:
        saved = json.loads(file["network"][:].tobytes())
        reason = _difference(network, saved)
        if reason:
            raise CheckpointError(str(path), f"it is not one of this network: {reason}")
        if saved["seed"] != network.seed:
            network.adopt_seed(saved["seed"])
        here = _changed(network)
        others = [a or b for a, b in zip(saved["changed"], here, strict=True)]  # whose synapses the file gives
        reasons = [other_synapses(file, s) for s, other in zip(network.projections, others, strict=True) if not other]
        reasons += [recorded(state) for state, other in zip(network.projections, others, strict=True) if other]
        for reason in (text for texts in network.comm.allgather(reasons) for text in texts):
            if reason:
                raise CheckpointError(str(path), f"it is not one of this network: {reason}")
        for state, other in zip(network.projections, others, strict=True):
            if other:
                replace_synapses(file, state, path)
        _load(network, file, saved, path)


def _difference(network: NetworkState, saved: dict[str, Any]) -> str:
    """Return how the network differs from that of the checkpoint, or nothing."""
    here = _described(network)
    for name, unit in (("dt", " ms"), ("dtype", "")):
        if here[name] != saved[name]:
            return f"{name} is {saved[name]}{unit} there, and {here[name]}{unit} here"
    for kind in ("populations", "projections"):
        there = [one["name"] for one in saved[kind]]
        if there != [one["name"] for one in here[kind]]:
            return f"there are the {kind} {there}, here are {[one['name'] for one in here[kind]]}"
        for mine, other in zip(here[kind], saved[kind], strict=True):
            for name, value in other.items():
                if mine[name] != value:
                    what = "other equations" if name == "equations" else f"the {name} {value}, not {mine[name]}"
                    return f"{kind[:-1]} '{other['name']}' has {what}"
    if here["constants defined"] != saved["constants defined"]:
        return f"there are the constants {saved['constants defined']}, here are {here['constants defined']}"
    if here["longest"] != saved["longest"]:
        return f"the longest delay is {saved['longest']} steps there, and {here['longest']} here"
    if network.options.seed not in (None, saved["seed"]):
        return f"the seed is {saved['seed']} there, and {network.seed} here"
    return ""


def _load(network: NetworkState, file: Any, saved: dict[str, Any], path: Path) -> None:
    simulation = network.simulation
    load_delays(network, file, path)
    for state in network.populations:
        _load_population(file, simulation, state)
    for number, field in enumerate(simulation.published.values()):
        simulation.part.set_past(field, file[f"past/{number}"][:])
    simulation.part.step = saved["step"]
    for projection, pending in zip(network.projections, saved["pending"], strict=True):
        load_projection(file, projection)
        projection.built.part.set_pending(projection.built.number, pending)
    _load_position(network, saved)
    _load_monitors(network, file, saved["monitors"])


def _load_population(file: Any, simulation: Simulation, state: PopulationState) -> None:
    assert state.layout is not None
    own = state.layout.partition
    for field in state.model.fields:
        saved = file[f"populations/{state.number}/{field.name}"]
        if field.axis is Axis.OBJECT:
            state.arrays[field.name][...] = saved[0]
        else:
            state.arrays[field.name][: own.local] = saved[own.begin : own.end]
    for name, timetable in state.played.items():
        played = file[f"timetables/{state.number}/{name}"]
        period, begin = played["clock"][:]
        other = Timetable(played["rows"][:], played["schedule"][()], float(period))
        other.begin = int(begin)
        timetable.replace(other)
    if state.replayed is not None:
        given = file[f"given/{state.number}"]
        state.replayed.replace(Replay(given["ids"][:], given["times"][:], state.spec.size))
    for number in simulation.emitters(state.number) if state.model.spiking else ():
        flying = file[f"flying/{number}"]
        simulation.part.set_flying(number, flying["back"][:], flying["ranks"][:])


def _load_position(network: NetworkState, saved: dict[str, Any]) -> None:
    control = network.control
    control.begun = saved["begun"]
    for name, value in saved["constants"].items():
        network.set_constant(name, value)
    for callback, (calls, last) in zip(control.callbacks, saved["callbacks"], strict=False):
        callback.calls, callback.last = calls, last
    for state, enabled in zip(network.populations, saved["enabled"], strict=True):
        state.enabled = enabled
    for projection, switches in zip(network.projections, saved["transmission"], strict=True):
        projection.transmission, projection.axon_transmission = switches
    for projection, learning in zip(network.projections, saved["learning"], strict=True):
        projection.learning = Learning(*learning)
    for projection, rules in zip(network.projections, saved["rules"], strict=True):
        projection.rules = RuleSwitch(*rules[0]), RuleSwitch(*rules[1])
    for states, draws in zip((network.populations, network.projections), saved["draws"], strict=True):
        for one, count in zip(states, draws, strict=True):  # type: ignore[call-overload]
            one.draws = count
    network.switch()


def _load_monitors(network: NetworkState, file: Any, saved: list[dict[str, Any]]) -> None:
    """Give each monitor what it had recorded; those that are not in the file begin now."""
    for number, position in enumerate(saved):
        monitor = network.monitors[number] if number < len(network.monitors) else None
        if monitor is None or not monitor.set_position(position):
            warn_once(
                f"the checkpoint has the records of {position['what']}, which this network does not record: make the "
                "monitors in the same order before restore()."
            )
            continue
        for variable, recorder in monitor.recorders.items():
            recorder.set_stored(file[f"monitors/{number}/{variable}"])
